/** A folder in; which of the files below it git would leave out, by the .gitignore files around them, out; and globs of that kind in, which files they are about out. The only importer of ignore. */
import { open, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import ignore, { type Ignore } from 'ignore'

/** Bytes of one file of rules that are read: nobody writes that many. */
const maxBytes = 1024 * 1024

/** Rules that hold in one folder. Those of a repository end at its borders; without one, those of the folder that was named are the outermost. */
export class IgnoreRules {
  /** What the rules' paths are relative to. */
  readonly #root: string
  readonly #rules: Ignore

  private constructor(root: string, rules: Ignore) {
    this.#root = root
    this.#rules = rules
  }

  /** Those that hold for a folder from above it, up to the root of its repository. A folder that they leave out itself, and that was named all the same, is free of them. */
  static async above(folder: string): Promise<IgnoreRules> {
    const root = await repositoryOf(folder)
    if (root === undefined || root === folder) return IgnoreRules.#outermost(folder)
    let rules = await IgnoreRules.#outermost(root)
    for (const parent of parentsOf(folder, root)) rules = await rules.#with(parent)
    return rules.ignores(folder, { isFolder: true }) ? new IgnoreRules(folder, emptyRules()) : rules
  }

  /** Those that hold within a folder that these hold around. `entries` are the names of what is in it. */
  async within(folder: string, entries: readonly string[]): Promise<IgnoreRules> {
    // A repository in a repository has its own.
    const rules = folder !== this.#root && entries.includes('.git') ? await IgnoreRules.#outermost(folder) : this
    return entries.includes('.gitignore') ? rules.#with(folder) : rules
  }

  ignores(path: string, { isFolder }: { readonly isFolder: boolean }): boolean {
    const name = slashed(relative(this.#root, path))
    return name !== '' && this.#rules.ignores(isFolder ? `${name}/` : name)
  }

  /** With a repository's own list, `.git/info/exclude`. */
  static async #outermost(root: string): Promise<IgnoreRules> {
    const rules = emptyRules()
    const git = await gitFolder(root)
    if (git !== undefined) rules.add(patternsOf(await textOf(join(git, 'info', 'exclude')), ''))
    return new IgnoreRules(root, rules)
  }

  async #with(folder: string): Promise<IgnoreRules> {
    const patterns = patternsOf(await textOf(join(folder, '.gitignore')), slashed(relative(this.#root, folder)))
    return patterns.length === 0 ? this : new IgnoreRules(this.#root, emptyRules().add(this.#rules).add(patterns))
  }
}

/** Whether the last of some globs that matches a path has no `!` before it; where none does, whether all of them have one. */
export function globFilter(globs: readonly string[]): (path: string) => boolean {
  const rules = globs.map((glob) => {
    const isNegative = glob.startsWith('!')
    return { isNegative, rules: emptyRules().add(isNegative ? glob.slice(1) : glob) }
  })
  const isKeptWithout = rules.every(({ isNegative }) => isNegative)
  return (path) => {
    // Rules know no path that leads out of their folder, nor one from the root.
    const name = slashed(path).replace(/^(?:[a-zA-Z]:)?(?:\.{0,2}\/)+/, '')
    const last = rules.findLast((rule) => rule.rules.ignores(name))
    return last === undefined ? isKeptWithout : !last.isNegative
  }
}

function emptyRules(): Ignore {
  return ignore({ ignorecase: process.platform === 'win32' || process.platform === 'darwin' })
}

/** Lines of a file of rules, such that they mean in the root what they mean in the folder where they stand: so that all are weighed in one order. */
function patternsOf(text: string, folder: string): string[] {
  const patterns = text.replace(/^\ufeff/, '').split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  if (folder === '') return patterns
  const prefix = `/${folder.replace(/[\\*?[\]]/g, '\\$&')}`
  return patterns.map((line) => {
    const isNegative = line.startsWith('!')
    const pattern = isNegative ? line.slice(1) : line
    // A slash before its end ties a pattern to the folder; without one it holds at any depth.
    const isTied = /\/(?!\s*$)/.test(pattern)
    return `${isNegative ? '!' : ''}${prefix}${isTied ? (pattern.startsWith('/') ? pattern : `/${pattern}`) : `/**/${pattern}`}`
  })
}

/** The folders that a folder is in, from the root down. */
function parentsOf(folder: string, root: string): string[] {
  const parents: string[] = []
  for (let at = folder; at !== root; at = dirname(at)) parents.unshift(dirname(at))
  return parents
}

/** The nearest folder at or above this one that git has its own in. */
async function repositoryOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if ((await stat(join(at, '.git')).catch(() => undefined)) !== undefined) return at
    if (dirname(at) === at) return undefined
  }
}

/** Where git keeps what all work trees of a repository share. In a second work tree, and in a submodule, `.git` is a file that says where. */
async function gitFolder(root: string): Promise<string | undefined> {
  const path = join(root, '.git')
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || stats.isDirectory()) return stats && path
  const place = /^gitdir: (.+)$/m.exec(await textOf(path))?.[1]
  if (place === undefined) return undefined
  const own = resolve(root, place)
  return resolve(own, (await textOf(join(own, 'commondir'))).trim() || '.')
}

/** Empty for what is not there, or cannot be read: git goes on as well. */
async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size <= maxBytes) return await readFile(path, 'utf8')
    const handle = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
      const text = buffer.toString('utf8', 0, bytesRead)
      return text.slice(0, text.lastIndexOf('\n') + 1)
    } finally {
      await handle.close()
    }
  } catch {
    return ''
  }
}

function slashed(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path
}
