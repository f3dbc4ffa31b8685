/** A pattern of ripgrep's in; the parentheses that have no other one out. */

interface Unmatched {
  /** Index of the first that opens a group and is never closed. */
  readonly open: number | undefined
  /** Index of the first that closes a group and was never opened. */
  readonly close: number | undefined
}

/** Comments of the verbose mode are not known here. */
export function unmatched(pattern: string): Unmatched {
  const open: number[] = []
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at += 1
    else if (char === '[') at = classEnd(pattern, at)
    else if (char === '(') open.push(at)
    else if (char === ')' && open.pop() === undefined) return { open: undefined, close: at }
  }
  return { open: open[0], close: undefined }
}

/** Where the class ends that begins there, or the pattern where it has no end: classes stand within classes. */
function classEnd(pattern: string, start: number): number {
  let depth = 0
  for (let at = start; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '\\') at += 1
    else if (char === ']' && --depth === 0) return at
    else if (char === '[') {
      depth += 1
      if (pattern[at + 1] === '^') at += 1
      // At the beginning it stands for itself.
      if (pattern[at + 1] === ']') at += 1
    }
  }
  return pattern.length
}
