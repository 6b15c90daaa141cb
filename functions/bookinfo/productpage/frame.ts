// What all pages of the shop share: their headers, the head, the sign-in bar, the frame.
import { html, raw } from 'hono/html'
import { pageHeaders as headersOf, iconOf } from '../../lib/page.ts'

/** Markup that is safe to put into other markup. */
export type Markup = ReturnType<typeof html>

/** A page sends its own form, and tells its own site where it came from; none is kept, for each says who is signed in. */
export const pageHeaders = {
  ...headersOf('text/html', { 'form-action': "'self'" }),
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
<link rel="icon" href="${raw(iconOf('📖'))}">
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
