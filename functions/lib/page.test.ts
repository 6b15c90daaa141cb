import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Env } from './env.ts'
import { type Page, pageHeaders, servePage } from './page.ts'

const page: Page = { title: 'Pumps', icon: '⛽', content: '<h1>Pumps</h1>', style: 'h1 { margin: 0 }', script: 'go()' }

function policyOf(headers: Headers): Record<string, string> {
  const directives = (headers.get('content-security-policy') ?? '').split('; ')
  return Object.fromEntries(directives.map(directive => directive.split(/ (.*)/, 2)))
}

function serving(given: Partial<Page> = {}) {
  const app = new Hono<{ Bindings: Env }>()
  servePage(app, { ...page, ...given })
  return async (path: string) => app.request(path)
}

describe('a page', () => {
  it.each([
    ['/', 'text/html', '<h1>Pumps</h1>'],
    ['/page.css', 'text/css', 'h1 { margin: 0 }'],
    ['/page.js', 'text/javascript', 'go()'],
  ])('has at %s its %s', async (path, type, body) => {
    const answer = await serving()(path)
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    expect(await answer.text()).toContain(body)
  })

  it('names what belongs to it by relative addresses, so that it may stand below a prefix', async () => {
    const markup = await (await serving()('/')).text()
    const named = [...markup.matchAll(/(?:href|src)="(?!data:)([^"]*)"/g)].map(([, address]) => address)
    expect(named).toEqual(['page.css', 'page.js'])
  })

  it('has its icon in itself', async () => {
    expect(await (await serving()('/')).text()).toMatch(/rel="icon" href="data:image\/svg\+xml,[^"]*⛽/)
  })

  it('may run its own script and call its own origin, and nothing else', async () => {
    for (const path of ['/', '/page.css', '/page.js']) {
      const { headers } = await serving()(path)
      expect(policyOf(headers)).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': 'data:',
        'connect-src': "'self'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
      })
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('may call where it says', async () => {
    expect(policyOf((await serving({ calls: 'https:' })('/')).headers)['connect-src']).toBe('https:')
  })
})

it('without a script none may run, and a form may be allowed', () => {
  const policy = policyOf(new Headers(pageHeaders('text/html', { 'form-action': "'self'" })))
  expect(policy).toMatchObject({ 'default-src': "'none'", 'form-action': "'self'" })
  expect(policy).not.toHaveProperty('script-src')
})
