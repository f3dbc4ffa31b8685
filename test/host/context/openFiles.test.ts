import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { OpenFiles } from '../../../src/host/context/openFiles.ts'
import { folderWith } from './folder.ts'

/** Files of the folder that this process has open. */
function openIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder)
    } catch {
      return false // closed meanwhile
    }
  }).length
}

const firstByte = async (handle: FileHandle): Promise<number | undefined> => (await handle.read(Buffer.alloc(1), 0, 1, 0)).buffer[0]

test.runIf(process.platform === 'linux')('a file stays open from one read to the next, and not for long after the last', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const folder = folderWith({ 'a.txt': 'a' })
  const files = new OpenFiles()
  const path = join(folder, 'a.txt')
  const handles = new Set<FileHandle>()
  for (let read = 0; read < 3; read++) {
    await files.use(path, async (handle) => void handles.add(handle))
    vi.advanceTimersByTime(400)
  }
  expect([handles.size, openIn(folder)]).toEqual([1, 1])
  vi.advanceTimersByTime(200)
  await vi.waitFor(() => expect(openIn(folder)).toBe(0))
  expect(await files.use(path, firstByte)).toBe(0x61)
  await files.close()
  expect(openIn(folder)).toBe(0)
})

test.runIf(process.platform === 'linux')('of many files only a few stay open', async () => {
  const folder = folderWith(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}.txt`, 'x'])))
  const files = new OpenFiles()
  await Promise.all(Array.from({ length: 50 }, (_, index) => files.use(join(folder, `${index}.txt`), firstByte)))
  await vi.waitFor(() => expect(openIn(folder)).toBeLessThanOrEqual(8))
  await files.close()
  expect(openIn(folder)).toBe(0)
})

test('a file that cannot be opened is tried again the next time', async () => {
  const folder = folderWith({})
  const path = join(folder, 'a.txt')
  const files = new OpenFiles()
  await expect(files.use(path, firstByte)).rejects.toMatchObject({ code: 'ENOENT' })
  writeFileSync(path, 'a')
  expect(await files.use(path, firstByte)).toBe(0x61)
  await files.close()
})
