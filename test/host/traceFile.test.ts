import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { TraceFile } from '../../src/host/traceFile.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replm-trace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function lines(path: string): Record<string, unknown>[] {
  // What was written by the records below.
  return readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('a trace file', () => {
  it('holds every record, one line each, in order, once it is closed', async () => {
    const path = join(folder, 'order.jsonl')
    const trace = await TraceFile.open(path)
    for (let n = 0; n < 10_000; n++) trace.write({ n, text: 'two\nlines' })
    await trace.close()
    expect(lines(path)).toEqual(Array.from({ length: 10_000 }, (_, n) => ({ n, text: 'two\nlines' })))
  })

  it('is written while the run goes on, without being closed', async () => {
    const path = join(folder, 'early.jsonl')
    const trace = await TraceFile.open(path)
    trace.write({ n: 1 })
    await expect.poll(() => readFileSync(path, 'utf8')).toBe('{"n":1}\n')
    trace.write({ n: 2 })
    await expect.poll(() => readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n')
    await trace.close()
  })

  it.skipIf(process.platform === 'win32')('is for the eyes of its owner only, also where a file was that all could read, and starts empty', async () => {
    const path = join(folder, 'mode.jsonl')
    writeFileSync(path, 'old\n')
    chmodSync(path, 0o644)
    const trace = await TraceFile.open(path)
    trace.write({ n: 1 })
    await trace.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n')
  })

  it('holds no more than its bound of what was not written yet, and says how many records it left out', async () => {
    const path = join(folder, 'bound.jsonl')
    const trace = await TraceFile.open(path)
    for (let n = 0; n < 100_000; n++) trace.write({ n })
    await trace.close()
    const written = lines(path)
    const dropped = written.filter(({ type }) => type === 'trace.dropped').reduce((sum, { count }) => sum + Number(count), 0)
    const kept = written.filter(({ n }) => n !== undefined)
    expect(dropped).toBeGreaterThan(0)
    expect(kept.length + dropped).toBe(100_000)
  })

  it('counts long texts by their length', async () => {
    const path = join(folder, 'units.jsonl')
    const trace = await TraceFile.open(path)
    const text = 'x'.repeat(6 * 1024 * 1024)
    for (let n = 0; n < 4; n++) trace.write({ text }, text.length)
    await trace.close()
    expect(lines(path).map((line) => line['type'] ?? String(line['text']).length)).toEqual([text.length, 'trace.dropped', text.length])
    expect(lines(path)[1]).toEqual({ type: 'trace.dropped', count: 2 })
  })

  it('that cannot be opened is CONFIG and names the file', async () => {
    const path = join(folder, 'missing', 'trace.jsonl')
    await expect(TraceFile.open(path)).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining(path) })
  })

  it('takes nothing more once it is closed, and may be closed twice', async () => {
    const path = join(folder, 'closed.jsonl')
    const trace = await TraceFile.open(path)
    await trace.close()
    trace.write({ n: 1 })
    await trace.close()
    expect(readFileSync(path, 'utf8')).toBe('')
  })
})

test.skipIf(!existsSync('/dev/full'))('a full disk ends the trace with one warning', async () => {
  const warnings: Error[] = []
  const listen = (warning: Error): void => void warnings.push(warning)
  process.on('warning', listen)
  try {
    const trace = await TraceFile.open('/dev/full')
    trace.write({ n: 1 })
    await expect.poll(() => warnings.length).toBe(1)
    trace.write({ n: 2 })
    await trace.close()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({ name: 'ReplmWarning', code: 'REPLM_TRACE', message: expect.stringContaining('/dev/full') })
  } finally {
    process.off('warning', listen)
  }
})
