import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openShop, type Shop } from '../functions/commerce/shop-under-test.ts'
import { fits, noBrowser, openBrowser, openPage } from './browser.ts'

describe.skipIf(noBrowser)("the shop's page, in Chromium", () => {
  let shop: Shop
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    ;[shop, browser] = await Promise.all([openShop(), openBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })
  beforeEach(async () => {
    await page?.close()
    ;({ page, complaints } = await openPage(browser))
    await page.goto(shop.urls.frontend)
    await page.getByLabel('Mug').waitFor()
  })

  const steps = () => page.locator('#orders > li').first().locator('ol > li')
  const ends = (status: string) => steps().getByText(status, { exact: true }).waitFor()

  it('an order is placed by keyboard alone, and moves until it is fulfilled', async () => {
    await page.getByLabel('Customer').focus()
    while ((await page.evaluate(() => document.activeElement?.id)) !== 'sku-mug') await page.keyboard.press('Tab')
    await page.keyboard.type('2')
    await page.keyboard.press('Enter')
    await ends('FULFILLED')
    expect(await steps().allTextContents()).toEqual(['PLACED', 'PAID', 'FULFILLED'])
    expect(await page.locator('#status').textContent()).toMatch(/^Order [0-9a-f]{32}: fulfilled$/)
    expect(complaints).toEqual([])
  })

  it('the total follows what is chosen, and the stock what was sold', async () => {
    const left = () => page.locator('#left-mug').textContent()
    const before = Number(/(\d+) left/.exec((await left()) ?? '')?.[1])
    const price = Number((await left())?.split(' ')[0])
    await page.getByLabel('Mug').fill('3')
    expect(await page.locator('#total').textContent()).toBe((3 * price).toFixed(2))
    await page.getByRole('button', { name: 'Place order' }).click()
    await ends('FULFILLED')
    await page.getByText(`${before - 3} left`).waitFor()
  })

  it('of more than there is is shown as rejected', async () => {
    await page.getByLabel('Poster').fill('1000')
    await page.getByRole('button', { name: 'Place order' }).click()
    await ends('REJECTED')
    expect(await steps().allTextContents()).toEqual(['PLACED', 'REJECTED'])
  })

  it('of nothing is not placed, and the page says what is missing', async () => {
    const before = await page.locator('#orders > li').count()
    await page.getByRole('button', { name: 'Place order' }).click()
    expect(await page.getByRole('alert').textContent()).toBe('Choose how many of something first.')
    expect(await page.locator('#orders > li').count()).toBe(before)
  })

  it('orders placed before are there again after a reload', async () => {
    await page.getByLabel('Mug').fill('1')
    await page.getByRole('button', { name: 'Place order' }).click()
    await ends('FULFILLED')
    const heading = await page.locator('#orders h3').first().textContent()
    await page.reload()
    await page.getByRole('heading', { name: heading ?? '', exact: true }).waitFor()
    expect(await steps().allTextContents()).toEqual(['PLACED', 'PAID', 'FULFILLED'])
  })

  it('fits a phone without scrolling sideways', async () => {
    await page.getByLabel('Mug').fill('1')
    await page.getByRole('button', { name: 'Place order' }).click()
    await ends('FULFILLED')
    expect(await fits(page)).toBe(true)
  })
})
