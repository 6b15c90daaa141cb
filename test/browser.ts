// Chromium for the tests of pages: a phone's window, and every complaint the page makes.
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Without a browser the tests of pages are left out, unless the servers of tests are required. */
export const noBrowser = !existsSync(executablePath) && process.env.SKIFF_TEST_REQUIRE_SERVERS !== '1'

export interface OpenPage {
  page: Page
  /** What the console and the script reported as errors since the page was opened. */
  complaints: string[]
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A new page, as wide as a phone. */
export async function openPage(browser: Browser): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  const complaints: string[] = []
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(error.message))
  return { page, complaints }
}

/** Whether all of the page can be seen without scrolling sideways. */
export function fits(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
}
