import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageOf } from '../../benchmarks/page/page.ts'
import { openBrowser } from './browser.ts'
import { sampleRun, singleNames, suiteNames } from './sampleRun.ts'

let browser: Browser | string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replm-page-'))
  writeFileSync(join(folder, 'page.html'), pageOf(sampleRun))
  browser = await openBrowser()
})

afterAll(async () => {
  if (typeof browser !== 'string') await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The page as it is shown, with all that the browser complained about or asked for meanwhile. */
async function show(width: number, colorScheme: 'light' | 'dark'): Promise<{ readonly page: Page; readonly said: readonly string[] } | string> {
  if (typeof browser === 'string') return browser
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  const address = pathToFileURL(join(folder, 'page.html')).href
  page.on('request', (request) => request.url() !== address && said.push(`asked for ${request.url()}`))
  await page.goto(address)
  return { page, said }
}

describe.each([
  { width: 1_280, colorScheme: 'light' },
  { width: 1_280, colorScheme: 'dark' },
  { width: 400, colorScheme: 'light' },
  { width: 400, colorScheme: 'dark' },
] as const)('in a browser of $width pixels, $colorScheme', ({ width, colorScheme }) => {
  test('the page asks for nothing, complains of nothing, and does not scroll sideways', async ({ skip }) => {
    const shown = await show(width, colorScheme)
    if (typeof shown === 'string') return skip(shown)
    const { page, said } = shown
    expect(said).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
  })

  test('every scenario has a chart with something in it', async ({ skip }) => {
    const shown = await show(width, colorScheme)
    if (typeof shown === 'string') return skip(shown)
    for (const name of suiteNames) {
      const marks = await boxesOf(shown.page.locator(`section#${name} figure`).first().locator('.bar, .mark'))
      expect(marks.length).toBeGreaterThan(0)
      for (const mark of marks) expect(mark.right - mark.left).toBeGreaterThan(1)
    }
    const labels = await shown.page.locator('section#sandbox .label').allTextContents()
    expect(labels).toEqual(singleNames)
  })

  test('what stands beside a goal stays in its place', async ({ skip }) => {
    const shown = await show(width, colorScheme)
    if (typeof shown === 'string') return skip(shown)
    const figures = shown.page.locator('.goal-line .figure')
    expect((await figures.allTextContents()).join(' ')).toContain('met (quick, stopped)')
    const places = await widthsOf(figures)
    for (const { inside, place } of places) expect(inside).toBeLessThanOrEqual(place)
  })

  test('no text of a chart lies on another, leaves its chart, or is too small to read', async ({ skip }) => {
    const shown = await show(width, colorScheme)
    if (typeof shown === 'string') return skip(shown)
    for (const figure of await shown.page.locator('figure').all()) {
      const [frame] = await boxesOf(figure)
      // The axis of a chart that scrolls stays in sight, before what is under it.
      const boxes = await boxesOf(figure.locator('.label, .value, .chart:not(.tall) .axis span:visible'))
      for (const [index, one] of boxes.entries()) {
        expect(one.bottom - one.top).toBeGreaterThanOrEqual(12)
        expect(one.left).toBeGreaterThanOrEqual(frame?.left ?? 0)
        expect(one.right).toBeLessThanOrEqual(frame?.right ?? 0)
        const under = boxes.slice(index + 1).filter((other) => one.right > other.left + 1 && other.right > one.left + 1 && one.bottom > other.top + 1 && other.bottom > one.top + 1)
        expect(under).toEqual([])
      }
    }
  })
})

test('no table of the usual width is wider than its place on a wide screen', async ({ skip }) => {
  const shown = await show(1_400, 'light')
  if (typeof shown === 'string') return skip(shown)
  const places = await widthsOf(shown.page.locator('details[open] .scroll'))
  expect(places.length).toBeGreaterThan(1)
  for (const { inside, place } of places) expect(inside).toBeLessThanOrEqual(place)
})

describe.each(['light', 'dark'] as const)('on a narrow screen, %s', (colorScheme) => {
  test('a table that goes on behind an edge of its place is shaded at that edge, and only there', async ({ skip }) => {
    const shown = await show(390, colorScheme)
    if (typeof shown === 'string') return skip(shown)
    const { page } = shown
    const [first] = await widthsOf(page.locator('.scroll'))
    expect(first?.inside).toBeGreaterThan(first?.place ?? NaN)
    const place = page.locator('.scroll').first()
    await place.scrollIntoViewIfNeeded()
    // Below the table there is a strip of its place without any text.
    const { x, y, width, height } = (await place.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    const edges = async (): Promise<readonly Buffer[]> => [
      await page.screenshot({ clip: { x, y: y + height - 12, width: 3, height: 8 } }),
      await page.screenshot({ clip: { x: x + width - 3, y: y + height - 12, width: 3, height: 8 } }),
    ]
    const atStart = await edges()
    await place.evaluate((element: { scrollLeft: number }) => (element.scrollLeft = 1e6))
    const atEnd = await edges()
    const [plain] = atStart
    expect([atStart, atEnd].map((pair) => pair.map((edge) => edge.equals(plain ?? edge)))).toEqual([
      [true, false],
      [false, true],
    ])
  })
})

/** How wide what is in each element is, and how wide its place. */
function widthsOf(elements: Locator): Promise<readonly { readonly inside: number; readonly place: number }[]> {
  return elements.evaluateAll((all: readonly { readonly scrollWidth: number; readonly clientWidth: number }[]) => all.map(({ scrollWidth, clientWidth }) => ({ inside: scrollWidth, place: clientWidth })))
}

interface Box {
  readonly said: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** All of them in one question to the browser. */
function boxesOf(elements: Locator): Promise<readonly Box[]> {
  return elements.evaluateAll((all: readonly { readonly textContent: string; getBoundingClientRect(): Omit<Box, 'said'> }[]) =>
    all.map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect()
      return { said: element.textContent, left, right, top, bottom }
    }),
  )
}
