/** Files that were left out of the context in; one line that says so out. */
import type { Session } from '../index.ts'
import { showControls } from './terminal.ts'

/** Names that are told; of the others how many there are. */
const maxNames = 3

/** Undefined when none was left out. */
export function skippedLine(skipped: Session['skipped']): string | undefined {
  if (skipped.length === 0) return undefined
  const parts = [
    { files: skipped.filter(({ reason }) => reason === 'binary'), what: (count: number) => (count === 1 ? 'a binary file' : `${count} binary files`) },
    { files: skipped.filter(({ reason }) => reason === 'unreadable'), what: (count: number) => (count === 1 ? 'a file that cannot be read' : `${count} files that cannot be read`) },
  ]
  return `Left out of the context: ${parts.filter(({ files }) => files.length > 0).map(({ files, what }) => `${what(files.length)} (${names(files)})`).join(' and ')}`
}

function names(files: Session['skipped']): string {
  const told = files.slice(0, maxNames).map(({ name }) => showControls(name))
  return files.length > maxNames ? `${told.join(', ')} and ${files.length - maxNames} more` : told.join(', ')
}
