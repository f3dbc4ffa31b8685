/** Thread entry. Stretches of files come in over its port; the segments they consist of, counted, go out. */
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { CountReply, CountTask } from '../host/context/countingThread.ts'
import { createEncoding } from '../host/context/encoding.ts'
import { blockBytes, measureBlock, type Segment } from '../host/context/measure.ts'
import { maxPageOffset, pageOffset } from '../host/context/pageOffset.ts'

const port = parentPort
if (port === null) throw new Error('Counting runs in a thread of its own')

const buffer = Buffer.allocUnsafeSlow(blockBytes + maxPageOffset)

port.on('message', (task: CountTask) => {
  port.postMessage({ id: task.id, segments: segmentsOf(task) } satisfies CountReply)
})

/** Null for what cannot be read: the host, which reads it again, knows what to say of it. */
function segmentsOf({ file, ...task }: CountTask): Segment[] | null {
  try {
    if ('fd' in file) return count(file.fd, task)
    const fd = openSync(file.path, 'r')
    try {
      return count(fd, task)
    } finally {
      closeSync(fd)
    }
  } catch {
    return null
  }
}

function count(fd: number, { encoding: name, from, to, end }: Omit<CountTask, 'file'>): Segment[] | null {
  const encoding = createEncoding(name, 0)
  const segments: Segment[] = []
  for (let at = from; at < to;) {
    const bytes = read(fd, at, Math.min(blockBytes, end - at))
    const block = measureBlock(bytes, { from: at, end }, encoding)
    const last = block.at(-1)
    // Shorter than it was.
    if (last === undefined) return null
    segments.push(...block)
    at = last.end
  }
  return segments
}

function read(fd: number, from: number, length: number): Buffer {
  const start = pageOffset(from)
  let filled = 0
  while (filled < length) {
    const bytes = readSync(fd, buffer, start + filled, length - filled, from + filled)
    if (bytes === 0) break
    filled += bytes
  }
  return buffer.subarray(start, start + filled)
}
