// Pages: one markup, one style, one script, sent so that a browser lets them do nothing else than what they need.
import type { Hono } from 'hono'
import type { Env } from './env.ts'

/** Directives of a Content-Security-Policy beyond what every page may: its own style, and an icon in its markup. */
export type Allowed = Readonly<
  Partial<Record<'script-src' | 'style-src' | 'img-src' | 'connect-src' | 'form-action', string>>
>

const everyPage = {
  'default-src': "'none'",
  'style-src': "'self'",
  'img-src': 'data:',
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** The headers of a page and of what belongs to it; `type` is its media type, as `text/html`. */
export function pageHeaders(type: string, allowed: Allowed = {}): Record<string, string> {
  const policy = Object.entries({ ...everyPage, ...allowed }).map(([directive, value]) => `${directive} ${value}`)
  return {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
}

/** A character as the icon, so that no browser asks for /favicon.ico. */
export function iconOf(character: string): string {
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='13'>${character}</text></svg>`
}

export interface Page {
  title: string
  /** One character. */
  icon: string
  /** The markup inside `<main>`. */
  content: string
  style: string
  script: string
  /** Where its script may call; its own origin when left out. */
  calls?: string
}

/** Serves the page at `/`, its style and its script beside it, by relative addresses: the page may stand below a prefix. */
export function servePage(app: Hono<{ Bindings: Env }>, page: Page): void {
  const allowed = { 'script-src': "'self'", 'connect-src': page.calls ?? "'self'" }
  const resources = [
    ['/', 'text/html', markupOf(page)],
    ['/page.css', 'text/css', page.style],
    ['/page.js', 'text/javascript', page.script],
  ] as const
  for (const [path, type, body] of resources) {
    const headers = pageHeaders(type, allowed)
    app.get(path, () => new Response(body, { headers }))
  }
}

function markupOf({ title, icon, content }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${iconOf(icon)}">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`
}
