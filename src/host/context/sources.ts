/** What to load in; the texts that exist, with their names, sizes and encodings, out. */
import { type BigIntStats, createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { ReplmError } from '../../errors.ts'
import type { EncodingName } from '../../types.ts'
import { createFileSources, memoryBytes, type ByteSource, type FileIdentity } from './byteSource.ts'
import type { ContextItem, KeptText } from './contextOption.ts'
import { createEncoding, detectEncoding, probeBytes } from './encoding.ts'
import { isGlob, matchGlob, walkDirectory } from './fileWalk.ts'
import { holdGzip, holdUnpacked, isGzip } from './gzip.ts'
import { beginStream, holdStream, type ByteStream } from './heldStream.ts'
import { openPipe } from './namedPipe.ts'
import type { SegmentIndex } from './segmentIndex.ts'
import { byteSegments, type Segments } from './segments.ts'
import { sharedIndex } from './sharedIndexes.ts'

/** One document to be. */
export interface Source {
  readonly name: string
  /** What it was: for a record of the session. */
  readonly origin: { readonly type: 'file'; readonly path: string; readonly mtimeMs: number; readonly encoding: EncodingName | undefined } | { readonly type: 'stdin' | 'text'; /** Of what was kept of it, where it was. */ readonly hash?: string }
  /** Of a file its size, of a packed one what it unpacks to; of everything else the size of its text as UTF-8. */
  readonly bytes: number
  /** It was asked for by itself, not as one of those that a directory or glob gave. */
  readonly isPlain: boolean
  readonly segments: Segments
  /** What other sessions have counted of it. */
  readonly index?: SegmentIndex
}

/** A file of a directory or glob that was left out. */
export interface SkippedFile {
  readonly name: string
  readonly reason: 'binary' | 'unreadable'
}

export interface Surroundings {
  readonly cwd: string
  /** Whether directories are read without what .gitignore files name. */
  readonly obeysIgnoreFiles: boolean
  /** What is declared of files that are given without an encoding. */
  readonly encoding: EncodingName | undefined
  /** Of what directories and globs give, only what these keep. */
  readonly keeps: (name: string) => boolean
  /** Asked for only when it is read: to look at process.stdin is to open it. */
  readonly stdin: () => ByteStream | null
  /** Told of what was asked for by itself and cannot be loaded; it is left out then. Undefined where nothing may be left out of that. */
  readonly onFailure: ((error: ReplmError) => void) | undefined
}

/** A file that is asked for, under its name. */
interface Candidate {
  readonly name: string
  readonly path: string
  readonly isPlain: boolean
  readonly isReadable: boolean
  readonly encoding: EncodingName | undefined
}

type Found = Source | SkippedFile | undefined

/** Files that are looked at at the same time. */
const probesAtOnce = 16

/** Finds everything that is asked for, in its order, each path once. Of a file only its first 8 KiB are read; what is packed is unpacked. */
export async function findSources(items: readonly ContextItem[], surroundings: Surroundings): Promise<{ readonly sources: Source[]; readonly skipped: SkippedFile[] }> {
  const openFile = createFileSources()
  const finds: (() => Promise<Found>)[] = []
  const taken = new Set<string>()
  for (const item of items) {
    if (item.type === 'text') {
      finds.push(() => Promise.resolve(textSource(item)))
    } else if (item.type === 'kept') {
      finds.push(() => keptSource(item.text, openFile))
    } else if (item.type === 'stdin') {
      if (!take(taken, item.name ?? '', '-')) continue
      finds.push(() => stdinSource(item.name ?? '-', surroundings.stdin(), item.encoding ?? surroundings.encoding))
    } else {
      for (const candidate of (await unlessFailed(() => candidates(item, surroundings), surroundings)) ?? []) {
        if (take(taken, item.name ?? '', candidate.path)) finds.push(() => fileSource(candidate, openFile))
      }
    }
  }
  const found = await inOrder(finds.map((find) => () => unlessFailed(find, surroundings)))
  return {
    sources: found.filter(isSource),
    skipped: found.filter((each): each is SkippedFile => each !== undefined && 'reason' in each),
  }
}

async function unlessFailed<T>(find: () => Promise<T>, { onFailure }: Surroundings): Promise<T | undefined> {
  try {
    return await find()
  } catch (error) {
    if (onFailure === undefined || !(error instanceof ReplmError)) throw error
    onFailure(error)
    return undefined
  }
}

/** The same path under another key is another document. */
function take(taken: Set<string>, key: string, path: string): boolean {
  const entry = `${key}\0${path}`
  if (taken.has(entry)) return false
  taken.add(entry)
  return true
}

async function candidates({ path, isUrl, name, ...item }: Extract<ContextItem, { type: 'path' }>, { cwd, obeysIgnoreFiles, keeps, ...surroundings }: Surroundings): Promise<Candidate[]> {
  const encoding = item.encoding ?? surroundings.encoding
  const stats = await statOrUndefined(resolve(cwd, path), path)
  if (stats !== undefined && !stats.isDirectory()) return [{ name: name ?? path, path: resolve(cwd, path), isPlain: true, isReadable: true, encoding }]
  if (stats === undefined && (isUrl || !isGlob(path))) {
    const hint = path.length > 200 || path.includes('\n') ? ' To load a text, pass {name, text}.' : ' Check the path.'
    throw new ReplmError('NOT_FOUND', `There is no file ${shown(path)} to load as context.${hint}`)
  }
  const found =
    stats === undefined ? await matchGlob(path, { cwd }) : await walkDirectory(path, { cwd, obeysIgnoreFiles }).catch((error: unknown) => Promise.reject(unreadable(path, error)))
  const files: Candidate[] = []
  for (const file of found) {
    const place = resolve(cwd, file.name)
    if (stats !== undefined || !(await isDirectory(place))) files.push({ name: keyed(name, file.name), path: place, isPlain: false, isReadable: file.isReadable, encoding })
  }
  if (files.length > 0) return files.filter((file) => keeps(relative(cwd, file.path)))
  const why =
    stats === undefined ? `No file matches ${shown(path)}.` : `The directory ${shown(path)} has no files to load as context; hidden files, node_modules${obeysIgnoreFiles ? ', and what .gitignore names unless `ignoreFiles` is false,' : ''} are left out.`
  throw new ReplmError('NOT_FOUND', `${why} Check the path.`)
}

/** A key that stands for several files is the folder they are in. */
function keyed(key: string | undefined, name: string): string {
  return key === undefined ? name : `${key}/${name}`
}

async function fileSource(candidate: Candidate, openFile: (identity: FileIdentity) => ByteSource): Promise<Found> {
  const { name, isPlain } = candidate
  if (!candidate.isReadable) return { name, reason: 'unreadable' }
  try {
    return await openSource(candidate, openFile)
  } catch (error) {
    if (isPlain) throw error instanceof ReplmError ? error : unreadable(name, error)
    return { name, reason: 'unreadable' }
  }
}

async function openSource({ name, path, isPlain, encoding: declared }: Candidate, openFile: (identity: FileIdentity) => ByteSource): Promise<Found> {
  const probe = await probeFile(path)
  if (probe === undefined) {
    if (isPlain) throw new ReplmError('CONFIG', `${shown(name)} is no file that can be loaded as context. Name a text file.`)
    return undefined
  }
  const { stats, start } = probe
  if (stats.isCharacterDevice()) return isPlain ? deviceSource(name, path, declared) : undefined
  // Opening a pipe waits for its writer, maybe for ever: only one that was named is opened, none that lay in a folder.
  if (start === undefined) return isPlain ? streamSource(name, await openPipe(path), declared) : undefined
  // What the system makes as it is read has no size before.
  if (start.length > 0 && stats.size === 0n) return streamSource(name, createReadStream(path), declared)
  const file = openFile({ path, name, size: Number(stats.size), mtimeNs: stats.mtimeNs })
  const isPacked = isGzip(start)
  if (!isPacked && start.length === 0 && isNamedGzip(name)) throw notUnpacked(name, new Error('it is empty'))
  const source: ByteSource = isPacked ? { ...(await holdGzip(path).catch((error: unknown) => Promise.reject(notUnpacked(name, error)))), verify: file.verify } : file
  const encoding = detectEncoding(isPacked ? await source.read(0, probeBytes) : start, { encoding: declared, isCertain: isPlain })
  if (encoding === undefined) {
    await source.close()
    if (isPlain) throw binary(name, isPacked)
    return { name, reason: 'binary' }
  }
  const index = sharedIndex(stats, { start: encoding.bomBytes, reading: `${encoding.name}${isPacked ? ' gzip' : ''}` })
  const origin = { type: 'file', path, mtimeMs: Number(stats.mtimeMs), encoding: declared } as const
  return { name, origin, bytes: source.size, isPlain, segments: byteSegments(source, encoding), index }
}

/** What a file is and begins with; without a beginning for a pipe or a device, undefined for what is neither. */
async function probeFile(path: string): Promise<{ readonly stats: BigIntStats; readonly start: Buffer | undefined } | undefined> {
  const stats = await stat(path, { bigint: true })
  if (stats.isFIFO() || stats.isCharacterDevice()) return { stats, start: undefined }
  if (!stats.isFile()) return undefined
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(probeBytes), 0, probeBytes, 0)
    return { stats, start: buffer.subarray(0, bytesRead) }
  } finally {
    await handle.close()
  }
}

/** A stream that may end at once, as `/dev/null` does, or never: no more is read of one that is no text than tells so. */
async function deviceSource(name: string, path: string, declared: EncodingName | undefined): Promise<Source> {
  const stream = createReadStream(path)
  try {
    return await streamSource(name, stream, declared)
  } finally {
    stream.destroy()
  }
}

function stdinSource(name: string, stdin: ByteStream | null, declared: EncodingName | undefined): Promise<Source> {
  if (stdin === null) return Promise.reject(new ReplmError('CONFIG', 'There is no stdin to load as context. Name a file instead of `-`.'))
  if ('readableEnded' in stdin && stdin.readableEnded === true) {
    return Promise.reject(new ReplmError('CONFIG', 'stdin was read before and is at its end. Load `-` in one session only.'))
  }
  return streamSource(name, stdin, declared)
}

async function streamSource(name: string, stream: ByteStream, declared: EncodingName | undefined): Promise<Source> {
  const { start, whole } = await beginStream(stream, probeBytes).catch((error: unknown) => Promise.reject(unreadable(name, error)))
  const isPacked = isGzip(start)
  // It may go on without end.
  if (!isPacked && detectEncoding(start, { encoding: declared, isCertain: true }) === undefined) throw binary(name, isPacked)
  const held = await (isPacked ? holdUnpacked(whole) : holdStream(whole)).catch((error: unknown) => Promise.reject(isPacked ? notUnpacked(name, error) : unreadable(name, error)))
  const encoding = detectEncoding(await held.read(0, probeBytes), { encoding: declared, isCertain: true })
  if (encoding === undefined) {
    await held.close()
    throw binary(name, isPacked)
  }
  const segments = byteSegments(held, encoding)
  // As UTF-8: so it is kept, and so it is opened again.
  return { name, origin: { type: 'stdin' }, bytes: await segments.utf8Bytes(), isPlain: true, segments }
}

function textSource({ name, utf8 }: Extract<ContextItem, { type: 'text' }>): Source {
  return { name, origin: { type: 'text' }, bytes: utf8.length, isPlain: true, segments: byteSegments(memoryBytes(utf8), createEncoding('utf-8', 0)) }
}

async function keptSource({ name, hash, content }: KeptText, openFile: (identity: FileIdentity) => ByteSource): Promise<Source> {
  const source = typeof content === 'string' ? await keptFile(name, content, openFile) : memoryBytes(Buffer.from(content.buffer, content.byteOffset, content.byteLength))
  return { name, origin: { type: 'text', hash }, bytes: source.size, isPlain: true, segments: byteSegments(source, createEncoding('utf-8', 0)) }
}

async function keptFile(name: string, path: string, openFile: (identity: FileIdentity) => ByteSource): Promise<ByteSource> {
  const { size, mtimeNs } = await stat(path, { bigint: true })
  return openFile({ path, name, size: Number(size), mtimeNs })
}

/** The results in the order of the tasks, a few of which run at a time. */
async function inOrder(tasks: readonly (() => Promise<Found>)[]): Promise<Found[]> {
  const results: Found[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++) results[index] = await tasks[index]?.()
  }
  const lanes = Array.from({ length: probesAtOnce }, () => lane().catch((error: unknown) => {
    next = tasks.length
    throw error
  }))
  try {
    await Promise.all(lanes)
  } catch (error) {
    // What is held in a file would be held on.
    await Promise.allSettled(lanes)
    await Promise.all(results.filter(isSource).map(({ segments }) => segments.close()))
    throw error
  }
  return results
}

function isSource(found: Found): found is Source {
  return found !== undefined && 'segments' in found
}

async function statOrUndefined(path: string, name: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined
    throw unreadable(name, error)
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // A link to nowhere, or gone meanwhile: its probe says so.
    return false
  }
}

function unreadable(name: string, error: unknown): ReplmError {
  const why = error instanceof Error ? error.message : String(error)
  return new ReplmError('CONFIG', `${shown(name)} cannot be read as context (${why}). Check its permissions.`, { cause: error })
}

function notUnpacked(name: string, error: unknown): ReplmError {
  const why = error instanceof Error ? error.message : String(error)
  return new ReplmError('CONFIG', `${shown(name)} cannot be unpacked as context (${why}). \`gzip -t\` tells whether the file is whole.`, { cause: error })
}

function binary(name: string, isPacked: boolean): ReplmError {
  const what = isPacked ? 'holds a binary file' : isNamedGzip(name) ? 'is no gzip file, though it is named like one, and no text' : 'is a binary file'
  return new ReplmError('CONFIG', `${shown(name)} ${what}. Convert it to text before loading it as context.`)
}

function isNamedGzip(name: string): boolean {
  return /\.gz$/i.test(name)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function shown(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path)
}
