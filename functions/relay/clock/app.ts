// The clock: the end of the relay where nobody outside is to be asked.
import { perEnv } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { propagate, traceId } from '../../lib/propagation.ts'
import { text } from '../content-types.ts'
import { echoOf, relayRoutes } from '../routes.ts'

const nameOf = perEnv('clock.name', env => env.SERVICE_NAME || 'clock-svc-golang')

export default relayRoutes(c => {
  const startedAt = performance.now()
  const { headers } = c.req.raw
  logOf(c.env).info('told the time', { headers: echoOf(headers), trace_id: traceId(propagate(headers)) })
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  const took = (performance.now() - startedAt).toFixed(3)
  return new Response(`tooks (${took} ms) ${nameOf(c.env)} at ${now}`, { headers: text })
})
