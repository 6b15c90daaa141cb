// The whole asset system in one process, with a broker that delivers as the suite's triggers say: for tests.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createLog, logOf } from '../lib/log.ts'
import { type ServeOptions, type Serving, serve } from '../lib/serve.ts'

/** Callees before their callers, so that each is told where the others are. */
const names = [
  ...['authentication-ms', 'user-management-ms', 'app-authorization-ms', 'risk-assess-ms', 'asset-mgr-ms'],
  ...['user-consumer', 'config-consumer', 'config-management-ms', 'stats', 'asset-consumer', 'asset-dashboard-bff'],
] as const

/** By type of event, as a pattern: who gets it. */
const triggers: readonly (readonly [RegExp, string])[] = [
  [/^user\./, 'user-consumer/events'],
  [/^user\.created$/, 'stats/events'],
  [/^appconfig\./, 'config-consumer/events'],
  [/^user\.(deleted|updated)$/, 'asset-mgr-ms/events'],
  [/^asset\.(created|updated|deleted)$/, 'risk-assess-ms/events'],
  [/^asset\.(created|updated|deleted)$/, 'asset-dashboard-bff/events'],
  [/^asset\.riskupdated$/, 'asset-mgr-ms/risk'],
  [/^asset\.metric$/, 'asset-consumer/'],
]

export interface AssetSystem {
  /** Base URLs by name of service. */
  urls: Readonly<Record<string, string>>
  /** Every event the broker took, attributes and data. */
  told: string[]
  /** Every line the services logged. */
  logged: string[]
  /** Tells the broker of an event. */
  tell(type: string, data: object): Promise<void>
  /** Resolves when nothing is being delivered any more. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface Surroundings {
  /** Where the services keep their stores, so that they can be opened anew; in memory otherwise. */
  folder?: string
  /** Added to the environment of each. */
  env?: ServeOptions['env']
  /** False while the broker takes nothing. */
  isOpen?(): boolean
}

export async function openAssetSystem({ folder, env = {}, isOpen }: Surroundings = {}): Promise<AssetSystem> {
  const servings: Serving[] = []
  const urls: Record<string, string> = {}
  const told: string[] = []
  const logged: string[] = []

  const deliver = async (headers: Record<string, string>, body: string): Promise<void> => {
    told.push(`${JSON.stringify(headers)} ${body}`)
    const places = triggers.filter(([type]) => type.test(headers['ce-type'] ?? '')).map(([, place]) => place)
    await Promise.all(
      places.map(async place => {
        const [name = '', path = ''] = place.split('/')
        const answer = await fetch(`${urls[name]}/${path}`, { method: 'POST', headers, body })
        const reply = await answer.text()
        if (answer.headers.has('ce-type')) await deliver(eventHeaders(Object.fromEntries(answer.headers)), reply)
      }),
    )
  }
  const under = new Set<Promise<unknown>>()
  const settled = async () => {
    while (under.size > 0) await Promise.all(under)
  }
  const broker = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (isOpen?.() === false) return response.writeHead(503).end()
    response.writeHead(202).end()
    const work = deliver(eventHeaders(request.headers as Record<string, string>), body).catch(() => undefined)
    under.add(work)
    void work.finally(() => under.delete(work))
  })
  await new Promise<void>(resolve => broker.listen(0, '127.0.0.1', resolve))
  const sink = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`

  const peers: Record<string, string> = {}
  for (const name of names) {
    const store = { STORE_PATH: folder ? join(folder, `${name}.db`) : ':memory:' }
    const own: ServeOptions['env'] = { ...store, K_SERVICE: name, K_SINK: sink, ...peers, ...env }
    logOf.provide(
      own,
      createLog(own, line => logged.push(line)),
    )
    const serving = await serve((await import(`./${name}/app.ts`)) as object, {
      listen: { host: '127.0.0.1', port: 0 },
      env: own,
    })
    if (!('port' in serving.address)) throw new Error('not on a port')
    servings.push(serving)
    urls[name] = `http://127.0.0.1:${serving.address.port}`
    peers[`${name.toUpperCase().replaceAll('-', '_')}_URL`] = urls[name]
  }
  return {
    ...{ urls, told, logged, settled },
    async tell(type, data) {
      const headers = { 'ce-id': crypto.randomUUID(), 'ce-type': type, 'ce-source': 'test', 'ce-specversion': '1.0' }
      const answer = await fetch(sink, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(data),
      })
      if (!answer.ok) throw new Error(`the broker answered ${answer.status}`)
    },
    async close() {
      await settled()
      await Promise.all(servings.map(serving => serving.close(1_000)))
      broker.close().closeAllConnections()
    },
  }
}

function eventHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('ce-') || name === 'content-type'),
  )
}
