import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AssetSystem, openAssetSystem } from '../functions/assets/assets-under-test.ts'
import { fits, noBrowser, openBrowser, openPage } from './browser.ts'

const password = 'correct horse'

describe.skipIf(noBrowser)('the dashboard of assets, in Chromium', () => {
  let system: AssetSystem
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    ;[system, browser] = await Promise.all([openAssetSystem(), openBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await system?.close()
  })
  beforeEach(async () => {
    await page?.close()
    ;({ page, complaints } = await openPage(browser))
    await page.goto(system.urls['asset-dashboard-bff'] ?? '')
  })

  const enter = async (email: string, secret = password) => {
    await page.getByLabel('E-mail or user id').fill(email)
    await page.getByLabel('Password').fill(secret)
  }
  const register = async (email: string) => {
    await enter(email)
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('Logged in as').waitFor()
  }
  const logOut = async () => {
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
  }
  const create = async (asset: object) => {
    const answer = await fetch(`${system.urls['asset-mgr-ms']}/assets`, { method: 'POST', body: JSON.stringify(asset) })
    expect(answer.status).toBe(201)
  }
  const rowOf = (id: string) => page.getByRole('row').filter({ has: page.getByRole('cell', { name: id, exact: true }) })

  it('one registers, logs out, logs in by keyboard, and out', async () => {
    await register('ann@example.com')
    await logOut()
    await page.getByLabel('E-mail or user id').focus()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('ann@example.com')
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByText('Logged in as').waitFor()
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    await logOut()
    expect(await page.getByRole('table').isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  it('an asset appears, changes and goes while one looks, its risk with it', async () => {
    await register('bob@example.com')
    await create({ id: 'pump-1', type: 'pump', temperature: 40 })
    await rowOf('pump-1').waitFor()
    await system.tell('asset.metric', { assetId: 'pump-1', temperature: 120, pressure: 200 })
    await rowOf('pump-1').getByRole('cell', { name: '65', exact: true }).waitFor()
    expect(await rowOf('pump-1').getByRole('cell').allTextContents()).toEqual(['pump-1', 'pump', '120', '200', '65'])
    await fetch(`${system.urls['asset-mgr-ms']}/assets/pump-1`, { method: 'DELETE' })
    await rowOf('pump-1').waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })

  it('what an asset is called is text, never markup', async () => {
    await register('eve@example.com')
    const type = '<img src=x onerror="document.title = \'taken\'">'
    await create({ id: 'evil', type })
    await rowOf('evil').getByText(type, { exact: true }).waitFor()
    expect(await page.title()).toBe('Assets')
    expect(complaints).toEqual([])
  })

  it.each([
    ['a wrong password', 'nobody@example.com', 'Log in', 'wrong user or password'],
    ['no e-mail address', 'nobody', 'Register', 'email: an e-mail address is needed'],
  ])('says that it was %s', async (_, name, button, reason) => {
    await enter(name)
    await page.getByRole('button', { name: button }).click()
    await page.getByRole('alert').getByText(reason).waitFor()
    expect(await page.getByRole('table').isVisible()).toBe(false)
  })

  it('fits a phone without scrolling sideways, whatever an asset is called', async () => {
    await register('phone@example.com')
    await create({ id: 'p'.repeat(60), type: 'compressor of the second stage', temperature: 1000, pressure: 100000 })
    await rowOf('p'.repeat(60)).waitFor()
    expect(await fits(page)).toBe(true)
  })
})
