// asset-consumer: takes what machines measure, and tells the asset manager.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { PoisonEvent } from '../../lib/events.ts'
import { ask } from '../peers.ts'
import { service } from '../service.ts'

const measured = ['rotation', 'current', 'pressure', 'flowRate', 'temperature'] as const

const app = service('asset-consumer')

takeEvents(app, '/', async (event, env, headers) => {
  const { assetId, ...rest } = (event.data ?? {}) as Record<string, unknown>
  if (typeof assetId !== 'string') throw new PoisonEvent(`event ${event.id} names no assetId`)
  const values = measured.flatMap(name => (typeof rest[name] === 'number' ? [[name, rest[name]] as const] : []))
  const send = (method: 'PUT' | 'POST', path: string, body: object) =>
    ask(env, 'asset-mgr-ms', `/assets${path}`, { headers, method, body })
  const updated = await send('PUT', `/${encodeURIComponent(assetId)}`, Object.fromEntries(values))
  // A machine that nobody has entered yet.
  const answer =
    updated.status === 404 ? await send('POST', '', { id: assetId, ...Object.fromEntries(values) }) : updated
  if (answer.status === 400) throw new PoisonEvent(`asset-mgr-ms: ${await answer.text()}`)
  if (!answer.ok && answer.status !== 409) throw new Error(`asset-mgr-ms answered ${answer.status}`)
  return undefined
})

export default app
