/** A directory or a glob in; the files in it, in an order that does not change, out. */
import { glob, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that was found, or something on the way that could not be looked into. */
export interface FoundFile {
  /** As it was asked for: relative where the directory or glob was, with slashes. */
  readonly name: string
  readonly isReadable: boolean
}

/** Directories that hold no text of the person's own. Those whose name begins with a dot are left out like every hidden file. */
const skippedFolders: ReadonlySet<string> = new Set(['node_modules'])

/** All files below a directory, hidden ones left out. Links to files are followed; links to directories are not, as they may lead around. */
export async function walkDirectory(directory: string, { cwd }: { readonly cwd: string }): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(resolveFrom(cwd, folder), { withFileTypes: true })
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const name = folder === '' ? entry.name : folder.endsWith('/') ? folder + entry.name : `${folder}/${entry.name}`
      if (!entry.isDirectory()) found.push({ name, isReadable: true })
      else if (!skippedFolders.has(entry.name)) await walk(name).catch(() => found.push({ name, isReadable: false }))
    }
  }
  await walk(nameOfFolder(directory))
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

/** An absolute name stays; `''` is the directory itself. */
function resolveFrom(cwd: string, name: string): string {
  return name === '' ? cwd : /^(?:\/|[a-z]:\/)/i.test(name) ? name : join(cwd, name)
}

/** By UTF-16 units: the same everywhere, whatever the locale. */
function sorted(files: FoundFile[]): FoundFile[] {
  return files.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
