/** Nothing in; a real browser, where the machine has one, out. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Or the reason why there is none. */
export async function openBrowser(): Promise<Browser | string> {
  const executablePath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable)
  if (executablePath === undefined) return `this machine has none of ${names.join(', ')}`
  try {
    // Tests may run as root, for whom Chromium's own sandbox does not open; the page is ours.
    return await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 15_000 })
  } catch (error) {
    return `${executablePath} does not start: ${String(error).split('\n')[0]}`
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
