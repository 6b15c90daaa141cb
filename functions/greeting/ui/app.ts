// The greeting page: three small resources, no framework, nothing from elsewhere.
import { Hono } from 'hono'
import type { Env } from '../../lib/env.ts'
import { page } from './page.ts'
import { script } from './script.ts'
import { style } from './style.ts'

const app = new Hono<{ Bindings: Env }>()

/** The page may run its own script, and call the API the visitor names: nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  'connect-src http: https:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function resource(path: string, type: string, body: string): void {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
  app.get(path, () => new Response(body, { headers }))
}

resource('/', 'text/html', page)
resource('/page.css', 'text/css', style)
resource('/page.js', 'text/javascript', script)

export default app.notFound(() => new Response('404 page not found\n', { status: 404 }))
