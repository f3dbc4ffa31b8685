/** Paths and globs in; documents that the session can read, and words on what to do with them, out. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import type { Session } from '../../index.ts'
import { showControls } from '../terminal.ts'
import type { Desk } from './desk.ts'

type SessionDocument = Session['documents'][number]

/** Of many documents so many are named one by one. */
const maxNamed = 12

/** Lines are counted in documents of so many bytes altogether. */
const maxCounted = 200e6

/** Bytes of text in a token, roughly. */
const bytesPerToken = 4

/** About what a model takes in one question, in bytes. */
const questionBytes = 200_000

export async function loadDocuments(words: string, desk: Desk): Promise<void> {
  const paths = splitPaths(words)
  if (paths.length === 0) {
    desk.say('.load FILE, FOLDER or GLOB adds documents: `.load book.txt`, `.load src/**/*.ts`')
    return
  }
  const added = await desk.session.load(paths)
  if (added.length === 0) {
    desk.say(`Nothing was loaded: ${showControls(words)} has no text files`)
    return
  }
  await describeDocuments(desk, added, desk.session.documents.length - added.length)
}

export async function listDocuments(_words: string, desk: Desk): Promise<void> {
  const { documents } = desk.session
  if (documents.length === 0) desk.say('No documents yet: .load FILE|GLOB loads some, or name them as you start: replm book.txt')
  else await describeDocuments(desk, documents, 0)
}

/** Their names, sizes, lines and rough tokens, and what to try next. Lines are counted in no more than `countedBytes`: to count them is to read all. */
export async function describeDocuments(desk: Desk, documents: readonly SessionDocument[], first: number, countedBytes = maxCounted): Promise<void> {
  const bytes = documents.reduce((sum, document) => sum + document.bytes, 0)
  const isCounted = bytes <= countedBytes
  const lines = isCounted ? await Promise.all(documents.map((document) => document.countLines().catch(() => 0))) : []
  for (const [index, { name, bytes: size }] of documents.slice(0, maxNamed).entries()) {
    desk.say([`docs[${first + index}] ${showControls(name)}`, ...facts(size, isCounted ? (lines[index] ?? 0) : null)].join(' · '))
  }
  if (documents.length > maxNamed) desk.say(`… and ${count(documents.length - maxNamed, 'more document')}`)
  if (documents.length > 1) desk.say([count(documents.length, 'document'), ...facts(bytes, isCounted ? lines.reduce((sum, one) => sum + one, 0) : null)].join(' · '))
  for (const line of suggestions(documents, first, bytes)) desk.code(line)
}

function facts(bytes: number, lines: number | null): string[] {
  return [size(bytes), ...(lines === null ? [] : [count(lines, 'line')]), `~${rounded(bytes / bytesPerToken)} tokens`]
}

/** A line that works as it stands. */
function suggestions(documents: readonly SessionDocument[], first: number, bytes: number): string[] {
  const doc = `docs[${first}]`
  if (documents.length > 1) return ['try: await llmBatchQuery(await Promise.all(docs.map(async (doc) => `What is this?\\n\\n${await doc.slice(0, 8_000)}`)))']
  if (bytes <= questionBytes) return [`try: await llmQuery(\`Summarise this:\\n\\n\${await ${doc}.slice()}\`)`]
  return [
    `try: const parts = []; for await (const part of ${doc}.chunks({ chars: 20_000 })) parts.push(part)`,
    '     await llmBatchQuery(parts.map((part) => `Summarise this:\\n\\n${part}`))',
  ]
}

/** A path that exists may have spaces; else they part one path from the next, unless quoted. */
export function splitPaths(words: string): string[] {
  if (words === '') return []
  const whole = atHome(words.replace(/^(["'])(.*)\1$/, '$2'))
  if (existsSync(whole)) return [whole]
  return [...words.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => atHome(double ?? single ?? bare ?? '')).filter((path) => path !== '')
}

/** `~/x` is a file of the user's. */
export function atHome(path: string): string {
  return /^~(?=\/|$)/.test(path) ? join(homedir(), path.slice(1)) : path
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1_000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** To two figures: a rough number must not look like an exact one. */
function rounded(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function count(value: number, word: string): string {
  return `${value.toLocaleString('en-US')} ${word}${value === 1 ? '' : 's'}`
}
