// Stands in for worldtimeapi.org, so that the relay's way out of the mesh can be walked without the internet.
import { Hono } from 'hono'
import { perEnv } from '../../lib/env.ts'
import type { App } from '../routes.ts'
import { worldTime } from './world-time.ts'

/** Milliseconds since the epoch; a test puts a time of its own in its place. */
export const clock = perEnv('worldtime.clock', () => Date.now)

const app: App = new Hono({ strict: false })

app.get('/api/timezone/:area/:location', c => {
  const client = c.req.header('x-forwarded-for')?.split(',')[0]?.trim() || '127.0.0.1'
  const found = worldTime(`${c.req.param('area')}/${c.req.param('location')}`, clock(c.env)(), client)
  return found ? c.json(found) : c.json({ error: 'unknown location' }, 404)
})

export default app.notFound(c => c.json({ error: 'unknown location' }, 404))
