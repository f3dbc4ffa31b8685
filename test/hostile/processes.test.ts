import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'

const host = fileURLToPath(new URL('./fixtures/host.ts', import.meta.url))

/** Processes below a process, as the kernel knows them. */
function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent !== null) parents.set(Number(name), parent)
  }
  const found: number[] = []
  for (let level = [root]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([pid]) => pid)
    found.push(...level)
  }
  return found
}

/** Null for a process that is gone, or dead and not yet buried. */
function parentOf(pid: number): number | null {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')
    return state === 'Z' ? null : Number(parent)
  } catch {
    return null
  }
}

function openFilesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return '' // Closed meanwhile.
    }
  })
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replm-'))
  folders.push(folder)
  return folder
}

/** A folder whose programs are those named only. */
function pathWith(names: readonly string[]): string {
  const folder = makeFolder()
  for (const name of names) symlinkSync(`/usr/bin/${name}`, join(folder, name))
  return folder
}

const machines = [
  { name: 'with bubblewrap', path: process.env['PATH'] ?? '', cpuMs: 600_000 },
  { name: 'without bubblewrap', path: pathWith(['prlimit', 'setpriv']), cpuMs: 600_000 },
  // Nothing tells a loop there that its host is gone: it ends when its time does.
  { name: 'without any of the tools', path: pathWith([]), cpuMs: 2_000 },
]

/** A host, once its session is in a loop. */
async function startHost({ path, cpuMs }: { readonly path: string; readonly cpuMs: number }): Promise<ChildProcessByStdio<null, Readable, Readable>> {
  const child = spawn(process.execPath, [host, String(cpuMs)], { env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] })
  await once(child.stdout, 'data')
  return child
}

describe.runIf(process.platform === 'linux')('a sandbox', () => {
  it('has none of the files that its host was started with', async () => {
    const secret = join(makeFolder(), 'secret')
    writeFileSync(secret, 'secret')
    const fd = openSync(secret, 'r')
    const child = spawn(process.execPath, [host, '600000'], { stdio: ['ignore', 'pipe', 'inherit', fd, fd, 'ignore', 'ignore', fd, 'ignore', fd] })
    closeSync(fd)
    await once(child.stdout as Readable, 'data')
    expect(openFilesOf(child.pid ?? 0)).toContain(secret)
    // Bubblewrap itself keeps what it was started with: it runs nothing of a guest's.
    const sandboxes = descendantsOf(child.pid ?? 0).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(process.execPath))
    expect(sandboxes.length).toBeGreaterThanOrEqual(2)
    for (const pid of sandboxes) expect(openFilesOf(pid)).not.toContain(secret)
    child.kill('SIGKILL')
    await once(child, 'close')
  })
})

describe.runIf(process.platform === 'linux')('a host that gets SIGUSR1', () => {
  it('opens no debugger, and goes on', async () => {
    const child = await startHost({ path: process.env['PATH'] ?? '', cpuMs: 600_000 })
    let told = ''
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    child.kill('SIGUSR1')
    child.kill('SIGUSR2')
    expect(String((await once(child.stdout, 'data'))[0])).toContain('alive')
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(told).not.toMatch(/debugger/i)
  })
})

describe.runIf(process.platform === 'linux')('a host that is killed', () => {
  it.each(machines)('takes its sandboxes with it, also those in a loop: $name', async ({ path, cpuMs }) => {
    const child = await startHost({ path, cpuMs })
    const sandboxes = descendantsOf(child.pid ?? 0)
    expect(sandboxes.length).toBeGreaterThanOrEqual(2)
    child.kill('SIGKILL')
    await vi.waitFor(() => expect(sandboxes.filter((pid) => parentOf(pid) !== null)).toEqual([]), { timeout: 5_000 })
  })
})
