/** A directory or a glob in; the files in it, in an order that does not change, out. */
import { glob, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { IgnoreRules } from './ignoreRules.ts'

/** A file that was found, or something on the way that could not be looked into. */
export interface FoundFile {
  /** As it was asked for: relative where the directory or glob was, with slashes. */
  readonly name: string
  readonly isReadable: boolean
}

/** Directories that hold no text of the person's own. Those whose name begins with a dot are left out like every hidden file. */
const skippedFolders: ReadonlySet<string> = new Set(['node_modules'])

export interface WalkOptions {
  readonly cwd: string
  /** Whether what .gitignore files name is left out. */
  readonly obeysIgnoreFiles: boolean
}

/** All files below a directory, hidden and ignored ones left out. Links to files are followed; links to directories are not, as they may lead around. */
export async function walkDirectory(directory: string, { cwd, obeysIgnoreFiles }: WalkOptions): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const walk = async (folder: string, around: IgnoreRules | undefined): Promise<void> => {
    const place = resolveFrom(cwd, folder)
    const entries = await readdir(place, { withFileTypes: true })
    const rules = await around?.within(place, entries.map(({ name }) => name))
    for (const entry of entries) {
      const isFolder = entry.isDirectory()
      if (entry.name.startsWith('.') || (isFolder && skippedFolders.has(entry.name)) || rules?.ignores(join(place, entry.name), { isFolder }) === true) continue
      const name = folder === '' ? entry.name : folder.endsWith('/') ? folder + entry.name : `${folder}/${entry.name}`
      if (isFolder) await walk(name, rules).catch(() => found.push({ name, isReadable: false }))
      else found.push({ name, isReadable: true })
    }
  }
  const start = nameOfFolder(directory)
  await walk(start, obeysIgnoreFiles ? await IgnoreRules.above(resolveFrom(cwd, start)) : undefined)
  return sorted(found)
}

/** All that a glob matches. Links to directories are followed as a shell does it: for `*`, not for `**`. */
export async function matchGlob(pattern: string, { cwd }: { readonly cwd: string }): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const followSymlinks = !pattern.split(/[\\/]/).includes('**')
  for await (const name of glob(pattern, { cwd, followSymlinks })) found.push({ name: withSlashes(name), isReadable: true })
  return sorted(found)
}

/** Whether a path that does not exist may be meant as a glob. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]|[!+@]\(/.test(path)
}

function nameOfFolder(directory: string): string {
  const name = withSlashes(directory).replace(/^(?:\.\/+)+/, '')
  return name === '.' || name === '' ? '' : name.length > 1 ? name.replace(/\/+$/, '') || '/' : name
}

function withSlashes(path: string): string {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path
}

/** `''` is the directory itself. */
function resolveFrom(cwd: string, name: string): string {
  return name === '' ? cwd : resolve(cwd, name)
}

/** By UTF-16 units: the same everywhere, whatever the locale. */
function sorted(files: FoundFile[]): FoundFile[] {
  return files.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
