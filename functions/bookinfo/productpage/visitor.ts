// Signing in and out, and who a request comes from: the session alone says so, never a header of the client's.
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Env } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { forwarded } from '../forwarded.ts'
import { namePage, pageHeaders } from './frame.ts'
import { isName, lifetime, seal, unseal } from './session.ts'

type Call = Context<{ Bindings: Env }>

const cookie = 'session'

/** The name of the visitor who is signed in. */
export async function visitorOf(c: Call): Promise<string | undefined> {
  const value = getCookie(c, cookie)
  if (!value) return undefined
  try {
    return await unseal(c.env, value, Date.now())
  } catch (error) {
    // A page for nobody in particular is better than none.
    logOf(c.env).error('no key for sessions', { error: String(error) })
    return undefined
  }
}

/** The headers of calls made for a visitor. `end-user`, by which rules route, is the visitor's name or absent. */
export function callHeaders(c: Call, visitor: string | undefined): Record<string, string> {
  const { 'end-user': _claimed, ...headers } = forwarded(c.req.raw.headers)
  return visitor ? { ...headers, 'end-user': visitor } : headers
}

/** Any password will do: the workshop is about routes. */
export async function login(c: Call): Promise<Response> {
  const { username } = await c.req.parseBody()
  const name = typeof username === 'string' ? username.trim() : ''
  if (!isName(name)) {
    return new Response(String(await namePage()), { status: 400, headers: pageHeaders })
  }
  const secure = c.req.header('x-forwarded-proto') === 'https'
  const value = await seal(c.env, name, Date.now())
  setCookie(c, cookie, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge: lifetime })
  return c.redirect(wayBack(c), 302)
}

export function logout(c: Call): Response {
  deleteCookie(c, cookie, { path: '/' })
  return c.redirect(wayBack(c), 302)
}

/** Where the visitor came from, on this site: a path that starts with two slashes would lead to another. */
function wayBack(c: Call): string {
  const referer = c.req.header('referer') ?? ''
  if (!URL.canParse(referer)) return '/productpage'
  const { pathname, search } = new URL(referer)
  return /^\/(?![/\\])/.test(pathname) ? pathname + search : '/productpage'
}
