/** What ripgrep says of a pattern that it cannot read in; a sentence with the place in the pattern out. */

/** What ripgrep puts before a pattern: its indentation and a group. */
const prefix = '    (?:'

/** Where it stands in the message, and where in the pattern. */
export function invalidPattern(said: string, { pattern, given }: { readonly pattern: string; readonly given: string }): string {
  const lines = said.replace(/^rg: /, '').split('\n')
  const reason = lines.find((line) => line.startsWith('error: '))?.slice('error: '.length)
  if (reason === undefined) return plain(lines[0] ?? '')
  const place = placeOf(lines, reason, given)
  const where = place === undefined ? '' : ` at character ${place + 1}`
  const hint = /look-around|backreference/.test(reason) ? "; `engine: 'js'` has look-around and backreferences" : ''
  return `Invalid pattern${where}: ${reason}${hint} (${JSON.stringify(pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern)})`
}

function plain(reason: string): string {
  if (reason.includes(String.raw`the literal "\n" is not allowed`)) return 'Invalid pattern: a line feed never stands within a line; `multiline: true` searches over several lines'
  if (reason.includes(String.raw`the literal "\r" is not allowed`)) return "Invalid pattern: a carriage return may be part of a line's end here; `fixed: true` or `engine: 'js'` look for one within a line"
  if (reason.includes('size limit')) return 'Invalid pattern: it is too large once it is compiled; use smaller counts of repetition, or several patterns'
  return `Invalid pattern: ${reason.replace(/^regex parse error: ?/, '')}`
}

/** Index in the pattern that the marks stand below; undefined where it is not known. */
function placeOf(lines: readonly string[], reason: string, given: string): number | undefined {
  // The group around the pattern takes part in its parentheses.
  if (reason === 'unclosed group') return unmatched(given).open
  if (reason === 'unopened group') return unmatched(given).close
  const marks = lines.findIndex((line) => /^\s+\^/.test(line))
  const text = lines[marks - 1]
  if (marks < 1 || text?.startsWith(prefix) !== true) return undefined
  // Marks count characters, not units.
  const place = [...(lines[marks] ?? '')].indexOf('^')
  return [...text].slice(prefix.length, place).join('').length
}

/** The first parenthesis that has no other one. */
function unmatched(pattern: string): { readonly open: number | undefined; readonly close: number | undefined } {
  const open: number[] = []
  let isClass = false
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at += 1
    else if (char === '[') isClass = true
    else if (char === ']') isClass = false
    else if (isClass) continue
    else if (char === '(') open.push(at)
    else if (char === ')' && open.pop() === undefined) return { open: undefined, close: at }
  }
  return { open: open[0], close: undefined }
}
