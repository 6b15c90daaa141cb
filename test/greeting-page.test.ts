import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Chain, serveOnFreePort, startChain, urlOf } from '../functions/greeting/chain-under-test.ts'
import ui from '../functions/greeting/ui/app.ts'
import type { Serving } from '../functions/lib/serve.ts'
import { fits, noBrowser, openBrowser, openPage } from './browser.ts'

describe.skipIf(noBrowser)('the greeting page, in Chromium', () => {
  let chain: Chain
  let serving: Serving
  let browser: Browser
  let page: Page
  let api: string
  let complaints: string[]

  beforeAll(async () => {
    chain = await startChain()
    serving = await serveOnFreePort({ default: ui }, {})
    browser = await openBrowser()
    api = (chain.urls.gateway ?? '').replace('http://', '')
  })
  afterAll(async () => {
    await browser?.close()
    await serving?.close(1_000)
    await chain?.close()
  })
  beforeEach(async () => {
    await page?.close()
    ;({ page, complaints } = await openPage(browser))
    await page.goto(urlOf(serving))
  })

  const submit = async (address: string) => {
    await page.getByLabel('API URL').fill(address)
    await page.getByRole('button', { name: 'Submit' }).click()
  }

  it('OBS-34: the markup names the API URL on one line', async () => {
    const markup = await (await fetch(urlOf(serving))).text()
    expect(markup.split('\n').filter(line => line.includes('API URL'))).toHaveLength(1)
  })

  it('OBS-35: submitting shows seven cards in order, and the response time', async () => {
    await submit(api)
    await page.getByText(/^Response time: ~\d+ ms$/).waitFor()
    const cards = page.locator('#cards li')
    expect(await cards.count()).toBe(7)
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(
      ['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => `Service-${letter}`),
    )
    const message = cards.first().locator('p')
    expect(await message.textContent()).toBe('Shalom, from Service-D!')
    expect(await message.evaluate(node => getComputedStyle(node).fontStyle)).toBe('italic')
    expect(await cards.first().locator('dd').allTextContents()).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    ])
    expect(complaints).toEqual([])
  })

  it('works by keyboard alone, and shows the full URL while typing', async () => {
    await page.keyboard.press('Tab')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(api)
    expect(await page.locator('#full').textContent()).toBe(`http://${api}/api/greeting`)
    await page.keyboard.press('Enter')
    await page.getByText(/^Response time/).waitFor()
    expect(await page.locator('#cards li').count()).toBe(7)
  })

  it('a path in the address is kept: the bare list is understood too', async () => {
    await submit(`${api}/api/ping`)
    await page.getByText(/^Response time/).waitFor()
    expect(await page.locator('#cards li').count()).toBe(7)
  })

  it.each([
    ['127.0.0.1:1', /could not be reached/],
    ['/api/status/503', /answered 503/],
    ['/api/health', /holds no greetings/],
  ])('says what went wrong with %s', async (address, reason) => {
    await submit(address.startsWith('/') ? api + address : address)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(reason)
    expect(await page.locator('#cards li').count()).toBe(0)
    expect(await page.locator('#status').textContent()).toBe('')
  })

  it('fits a phone without scrolling sideways', async () => {
    await submit(api)
    await page.getByText(/^Response time/).waitFor()
    expect(await fits(page)).toBe(true)
  })

  it.each([
    ['ui.greeting.localhost', 'api.greeting.localhost'],
    ['127.0.0.1', 'api.dev.example-api.com'],
  ])('served at %s, it offers %s', async (host, offered) => {
    const port = new URL(urlOf(serving)).port
    await page.goto(`http://${host}:${port}/`)
    const expected = host.startsWith('ui.') ? `${offered}:${port}` : offered
    expect(await page.getByLabel('API URL').inputValue()).toBe(expected)
  })
})
