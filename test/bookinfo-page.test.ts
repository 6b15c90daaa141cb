import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Bookinfo, startBookinfo } from '../functions/bookinfo/bookinfo-under-test.ts'
import { fits, noBrowser, openBrowser, openPage } from './browser.ts'

describe.skipIf(noBrowser)('the page of a book, in Chromium', () => {
  let black: Bookinfo
  let red: Bookinfo
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    ;[black, red] = await Promise.all([startBookinfo('v2'), startBookinfo('v3')])
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all([black?.close(), red?.close()])
  })
  beforeEach(async () => {
    await page?.close()
    ;({ page, complaints } = await openPage(browser))
  })

  it.each([
    ['black', () => black, 'rgb(22, 19, 15)'],
    ['red', () => red, 'rgb(197, 34, 27)'],
  ] as const)('shows %s stars in that colour, and says them', async (color, system, shown) => {
    await page.goto(`${system().page}/productpage`)
    const stars = page.locator('.stars').first()
    expect(await stars.evaluate(node => getComputedStyle(node).color)).toBe(shown)
    expect(await stars.locator('.spoken').textContent()).toBe(`5 of 5 stars, ${color}`)
    expect(complaints).toEqual([])
  })

  it('BKI-12, BKI-15: one signs in and out by keyboard alone', async () => {
    await page.goto(`${black.page}/productpage`)
    await page.getByLabel('Name').focus()
    await page.keyboard.type('jason')
    await page.keyboard.press('Enter')
    await page.getByText('Signed in as jason').waitFor()
    await page.getByRole('link', { name: 'Sign out' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('fits a phone without scrolling sideways', async () => {
    for (const path of ['/productpage', '/']) {
      await page.goto(black.page + path)
      expect(await fits(page)).toBe(true)
    }
  })
})
