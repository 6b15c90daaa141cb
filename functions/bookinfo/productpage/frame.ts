// What all pages of the shop share: their headers, the head, the sign-in bar, the frame.
import { html, raw } from 'hono/html'

/** Markup that is safe to put into other markup. */
export type Markup = ReturnType<typeof html>

/** A book as the icon, so that no browser asks for /favicon.ico. */
const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='13'>📖</text></svg>"

/** A page may load its own style and send its own form: nothing else. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

export const title = 'Simple Bookstore App'

/** A whole page around `content`; `user` is who is signed in. */
export function frame(user: string | undefined, content: Markup): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${raw(icon)}">
<link rel="stylesheet" href="/static/page.css">
</head>
<body>
<header>
<a class="shop" href="/productpage">Bookstore</a>
${user ? signedIn(user) : signIn()}
</header>
<main>
${content}
</main>
</body>
</html>
`
}

const signedIn = (user: string) =>
  html`<p class="visitor">Signed in as <strong>${user}</strong> <a href="/logout">Sign out</a></p>`

const signIn = () => html`<form class="visitor" method="post" action="/login">
<label>Name <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required></label>
<label>Password <input name="passwd" type="password" autocomplete="current-password"></label>
<button>Sign in</button>
</form>`

/** Says what a name may be, to somebody who tried another. */
export function namePage(): Markup {
  return frame(
    undefined,
    html`<h1>That name cannot be signed in</h1>
<p>A name has 1 to 64 letters, digits, blanks or signs of ASCII.</p>`,
  )
}
