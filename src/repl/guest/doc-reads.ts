/** What one read of a document can answer in; texts and lines of any length, put together from as many reads as they take, out. */
import { maxReadUnits } from '../../protocol.ts'
import { ArrayPrototype, arrayPush, createList, setPrototypeOf, stringCodeAt, stringSlice } from './primordials.ts'

/** Sends the members of a read, as JSON; gives its answer. */
export type ReadDoc = (rest: string) => Promise<unknown>

/** As `String.slice`; `bytes` is the document's size, which its text is never longer than. */
export async function readSlice(read: ReadDoc, bytes: number, from: number, to: number): Promise<string> {
  const isShort = bytes <= maxReadUnits || (from < 0 ? -from <= maxReadUnits : to >= 0 && to - from <= maxReadUnits)
  if (isShort) return (await read(`"what":"slice","from":${from},"to":${to}`)) as string
  const length = (await read('"what":"charCount"')) as number
  const end = placeIn(length, to)
  let text = ''
  // Adjacent ranges join without loss, also where a pair of surrogates lies across their border.
  for (let at = placeIn(length, from); at < end; at += maxReadUnits) {
    text += (await read(`"what":"slice","from":${at},"to":${at + maxReadUnits < end ? at + maxReadUnits : end}`)) as string
  }
  return text
}

/** Lines without their terminators, fewer than `count` only where the text ends. */
export async function readLines(read: ReadDoc, from: number, count: number): Promise<string[]> {
  const lines = createList<string>()
  while (lines.length < count) {
    const some = await readSomeLines(read, from + lines.length, count - lines.length)
    if (some.length === 0) break
    if (some.length === count) return some
    for (let index = 0; index < some.length; index++) arrayPush(lines, some[index] as string) // below its length
  }
  return setPrototypeOf(lines, ArrayPrototype) as string[]
}

async function readSomeLines(read: ReadDoc, from: number, count: number): Promise<string[]> {
  try {
    return (await read(`"what":"lines","from":${from},"count":${count}`)) as string[]
  } catch (error) {
    const start = (await read(`"what":"lineStart","line":${from}`)) as number
    const end = (await read(`"what":"lineStart","line":${from + 1}`)) as number
    // Only a line that no answer holds is read another way.
    if (end - start < maxReadUnits) throw error
    const lines = createList<string>()
    arrayPush(lines, withoutTerminator(await readSlice(read, Infinity, start, end)))
    return lines
  }
}

function placeIn(length: number, index: number): number {
  const place = index < 0 ? length + index : index
  return place < 0 ? 0 : place > length ? length : place
}

function withoutTerminator(line: string): string {
  const last = line.length - 1
  if (stringCodeAt(line, last) !== 0x0a) return line
  return stringSlice(line, 0, stringCodeAt(line, last - 1) === 0x0d ? last - 1 : last)
}
