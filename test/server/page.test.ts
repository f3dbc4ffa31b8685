/** The page in a real browser: jobs as they are, a review that is taken, and text that stays text. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../benchmarks/browser.ts'
import { openTestServer } from './openTestServer.ts'

let browser: Browser | string
beforeAll(async () => void (browser = await openBrowser()))
afterAll(async () => void (typeof browser === 'string' || (await browser.close())))

/** Where pictures of the page are put, for a person to look at; without it none are. */
const pictures = process.env['REPLM_TEST_PICTURES']

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}

test('the page lists jobs, follows one, takes a review, and shows what programs say as text', async ({ skip }) => {
  if (typeof browser === 'string') return skip(browser)
  await using server = await openTestServer()
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  await server.finish('/queries', { prompt: hostile })
  await server.finish('/jobs', { script: { name: 'fails.js', text: `console.log(${JSON.stringify(hostile)}); throw new Error(${JSON.stringify(hostile)})` } })
  await server.finish('/batches', { requests: [{ custom_id: 'a', prompt: 'A' }, { custom_id: 'b', prompt: 'B' }] })
  await server.post('/queries', { prompt: 'x', model: 'hanging/x' })
  const script = { name: 'review.js', text: `progress(0.4, ${JSON.stringify(hostile)}); console.log("draft made"); const { action, data } = await awaitInput({ title: "Send this letter?", description: ${JSON.stringify(hostile)}, data: { to: "all", text: "Dear all" } }); progress(0.9, "sending"); final(action + ": " + data.text)` }
  const { id } = (await (await server.post('/jobs', { script })).json()) as { id: string }
  await expect.poll(async () => ((await (await server.ask(`/jobs/${id}`)).json()) as { status: string }).status, { timeout: 10_000 }).toBe('awaiting_input')

  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('dialog', (dialog) => (problems.push(dialog.message()), void dialog.dismiss()))
  await page.goto(`${server.server.url}/?token=${server.server.token}`)
  expect(page.url()).toBe(`${server.server.url}/`)

  // The one that needs a person is open already.
  await page.getByRole('heading', { name: 'Send this letter?' }).waitFor()
  expect(await page.locator('.job').count()).toBe(5)
  expect(await page.locator('#summary').textContent()).toBe('5 jobs, 1 running, 1 for review')
  await page.getByText('draft made').waitFor()
  await picture(page, 'review')

  const box = page.getByRole('textbox')
  await box.fill('{"to": "all", "text": "Dear')
  await page.getByRole('button', { name: 'approve' }).click()
  await page.getByText('This is no JSON').waitFor()
  await box.fill('{"to": "all", "text": "Dear friends"}')
  // What is typed is not lost while the page looks again for what is new.
  await page.waitForResponse((response) => response.url().includes('/jobs?'))
  await page.getByRole('button', { name: 'approve' }).click()
  await page.getByText('approve: Dear friends').waitFor()
  await page.locator('#detail .pill', { hasText: 'done' }).waitFor()
  await picture(page, 'done')

  await page.locator('.job', { hasText: 'failed' }).click()
  await page.locator('#detail pre', { hasText: 'onerror' }).waitFor()
  await picture(page, 'failed')

  await page.getByRole('button', { name: 'Under way' }).click()
  await page.locator('.job', { hasText: 'running' }).click()
  expect(await page.locator('.job').count()).toBe(1)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.locator('#detail .pill', { hasText: 'canceled' }).waitFor()

  expect(await page.title()).toBe('replm')
  expect(await page.locator('#list img, #detail img, #list script, #detail script').count()).toBe(0)
  expect(problems).toEqual([])
  await page.setViewportSize({ width: 420, height: 800 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await page.getByText('job.canceled').waitFor()
  await picture(page, 'narrow')
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await page.close()
}, 60_000)

test('the page needs the token, and may be framed, or filled from elsewhere, by nobody', async () => {
  await using server = await openTestServer()
  expect((await fetch(`${server.server.url}/`)).status).toBe(401)
  const response = await server.ask('/')
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'; script-src 'nonce-[\w+/=]{24}'; style-src 'nonce-[\w+/=]{24}'; connect-src 'self'/)
  expect(policy).toContain("frame-ancestors 'none'")
  const html = await response.text()
  expect(html).not.toMatch(/https?:\/\//)
  expect(html).not.toContain(server.server.token)
  expect((await server.ask('/')).headers.get('content-security-policy')).not.toBe(policy)
})
