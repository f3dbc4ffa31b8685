/** Names of documents as a caller wrote them in; files below the folders that the person who started the server allows, or texts, out. */
import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ContextSource, NamedText } from '../options/contextSource.ts'
import { isBinaryFile } from './binaryFile.ts'
import { createMatcher, isGlob } from './glob.ts'
import { decodeUtf8 } from './json.ts'
import { RequestProblem } from './problem.ts'

/** Files that one request may load. */
const maxFiles = 10_000

/** A program that is longer than this is none. */
const maxTextBytes = 16 * 1024 * 1024

/** Files and folders that one name may make the server look at. */
const maxVisits = 200_000

export interface Roots {
  /** For `openSession`: each document under the name it was asked for by. 404 for one that is not there, also where it is outside; 422 for a name that is none. */
  sources(asked: readonly (string | NamedText)[]): Promise<Readonly<Record<string, ContextSource>>>
  /** One file of text in UTF-8. Rejects as {@link Roots.sources}, and with 422 for a file that is none. */
  text(name: string): Promise<NamedText>
  /** The text without the roots' own places in it. */
  hide(text: string): string
}

/** Rejects with a {@link RequestProblem} for a root that is no folder. */
export async function openRoots(folders: readonly string[]): Promise<Roots> {
  // What is compared later are true places: a root may be a link itself.
  const roots = await Promise.all(folders.map(trueFolder))
  const shown = [...new Set([...roots, ...folders])].toSorted((a, b) => b.length - a.length)

  async function find(name: string): Promise<readonly Found[]> {
    checkName(name)
    for (const root of roots) {
      const found = (await plainFile(root, name)) ?? (await filesOf(root, name))
      if (found.length > 0) return found
    }
    throw noFile(name, roots)
  }

  return {
    sources: async (asked) => {
      const sources = new Map<string, ContextSource>()
      for (const each of asked) {
        const found = typeof each === 'string' ? await find(each) : [each]
        for (const document of found) {
          const known = sources.get(document.name)
          // A file that two globs match is loaded once.
          if (known !== undefined && ('text' in document || !(known instanceof URL) || known.href !== pathToFileURL(document.path).href)) throw new RequestProblem(422, `Two documents are named ${JSON.stringify(document.name)}`)
          sources.set(document.name, 'text' in document ? document : pathToFileURL(document.path))
        }
        if (sources.size > maxFiles) throw new RequestProblem(422, `Expected at most ${maxFiles} documents`)
      }
      return Object.fromEntries(sources)
    },
    text: async (name) => {
      checkName(name)
      if (isGlob(name)) throw wrongName(name, 'to be one file')
      for (const root of roots) {
        const [found] = (await plainFile(root, name)) ?? []
        if (found !== undefined) return { name: found.name, text: await textOf(found) }
      }
      throw noFile(name, roots)
    },
    hide: (text) => shown.reduce((hidden, place) => hidden.replaceAll(`${pathToFileURL(place).href}/`, '').replaceAll(place + sep, '').replaceAll(place, '.'), text),
  }
}

interface Found {
  readonly name: string
  readonly path: string
}

async function trueFolder(folder: string): Promise<string> {
  const place = await realpath(folder).catch(() => undefined)
  if (place === undefined || !(await stat(place)).isDirectory()) throw new TypeError(`Expected \`--root\` to be a folder, got ${JSON.stringify(folder)}`)
  return place
}

/** Whatever could lead out is refused as it is written, so that the answer cannot tell what is there. */
function checkName(name: string): void {
  const parts = name.split(/[/\\]/)
  if (name === '' || name === '-' || name.includes('\0')) throw wrongName(name, 'to name a file')
  if (isAbsolute(name) || /^[/\\~]|^[a-z]+:/i.test(name)) throw wrongName(name, 'to be relative to a folder of this server')
  if (parts.some((part) => part === '..' || part.split(/[{},]/).includes('..'))) throw wrongName(name, 'to stay below a folder of this server')
}

function noFile(name: string, roots: readonly string[]): RequestProblem {
  if (roots.length === 0) return new RequestProblem(403, 'This server was started without `--root`: it reads no files. Send the text, as {name, text}', { code: 'NOT_FOUND' })
  return new RequestProblem(404, `There is no document ${JSON.stringify(name)} below the folders of this server`)
}

async function textOf({ name, path }: Found): Promise<string> {
  const { size } = await stat(path)
  if (size > maxTextBytes) throw wrongName(name, `to be at most ${maxTextBytes} bytes`)
  return decodeUtf8(await readFile(path), JSON.stringify(name))
}

function wrongName(name: string, what: string): RequestProblem {
  return new RequestProblem(422, `Expected the document ${JSON.stringify(name)} ${what}`)
}

/** A regular file of exactly this name: nothing else is opened, as opening a pipe may wait for ever. */
async function plainFile(root: string, name: string): Promise<readonly Found[] | undefined> {
  const place = await inside(root, join(root, name))
  if (place === undefined || !(await stat(place).catch(() => undefined))?.isFile()) return undefined
  return [{ name: nameOf(root, join(root, name)), path: place }]
}

/** All text below a folder, or all that a glob matches. */
async function filesOf(root: string, name: string): Promise<readonly Found[]> {
  const folder = await inside(root, join(root, name))
  const matches = folder === undefined && isGlob(name) ? createMatcher(name) : undefined
  if (folder === undefined && matches === undefined) {
    if (isGlob(name) && createMatcher(name) === undefined) throw wrongName(name, 'to have fewer alternatives')
    return []
  }
  const start = folder ?? (await inside(root, join(root, literalFolder(name))))
  if (start === undefined || (await stat(start).catch(() => undefined))?.isDirectory() !== true) return []
  const found: Found[] = []
  let visits = 0
  const walk = async (at: string): Promise<void> => {
    for (const entry of (await readdir(at, { withFileTypes: true }).catch((): Dirent[] => [])).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      visits += 1
      if (visits > maxVisits || found.length > maxFiles) throw new RequestProblem(422, `${JSON.stringify(name)} stands for too many files`)
      const path = join(at, entry.name)
      const short = nameOf(root, path)
      if (matches === undefined && (entry.name.startsWith('.') || entry.name === 'node_modules')) continue
      // Links to folders are not followed, as they may lead around.
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' || name.includes('node_modules')) await walk(path)
      } else if (matches === undefined || matches(short)) {
        const place = entry.isFile() ? path : await inside(root, path)
        if (place !== undefined && (entry.isFile() || (await stat(place).catch(() => undefined))?.isFile() === true) && !(await isBinaryFile(place))) found.push({ name: short, path: place })
      }
    }
  }
  await walk(start)
  return found
}

/** The true place of what lies below the root; undefined for what does not, or is not there. */
async function inside(root: string, path: string): Promise<string | undefined> {
  const place = await realpath(path).catch(() => undefined)
  return place !== undefined && (place === root || place.startsWith(root.endsWith(sep) ? root : root + sep)) ? place : undefined
}

function nameOf(root: string, path: string): string {
  return relative(root, path).replaceAll(sep, '/')
}

/** The folders of a glob before its first name with a sign in it. */
function literalFolder(pattern: string): string {
  const parts = pattern.split('/')
  return parts.slice(0, parts.findIndex(isGlob)).join('/')
}
