// The greeting page: three small resources, no framework, nothing from elsewhere.
import { Hono } from 'hono'
import type { Env } from '../../lib/env.ts'
import { servePage } from '../../lib/page.ts'
import { page } from './page.ts'

const app = new Hono<{ Bindings: Env }>()

servePage(app, page)

export default app.notFound(() => new Response('404 page not found\n', { status: 404 }))
