/** A glob in; whether a path, with slashes and relative, fits it, out. No regular expression is made of it, so that no pattern takes long. */

/** Ways in which `{a,b}` may be read, all of them together. */
const maxAlternatives = 256

export type Matcher = (path: string) => boolean

/** `*`, `?`, `[a-z]` within a name, `**` for any folders, `{a,b}`. A name that begins with a dot is matched only by a dot. Undefined for what has too many alternatives. */
export function createMatcher(pattern: string): Matcher | undefined {
  const alternatives = expandBraces(pattern)
  if (alternatives === undefined) return undefined
  const patterns = alternatives.map((alternative) => alternative.split('/').filter((part) => part !== '' && part !== '.'))
  return (path) => {
    const names = path.split('/')
    return patterns.some((parts) => fitsPath(parts, names))
  }
}

/** Whether a name may be meant as a glob. */
export function isGlob(name: string): boolean {
  return /[*?[\]{}]/.test(name)
}

function expandBraces(pattern: string): readonly string[] | undefined {
  let open = [pattern]
  const done: string[] = []
  while (open.length > 0) {
    const next: string[] = []
    for (const text of open) {
      const found = /\{([^{}]*,[^{}]*)\}/.exec(text)
      if (found?.[1] === undefined) done.push(text)
      else for (const choice of found[1].split(',')) next.push(text.slice(0, found.index) + choice + text.slice(found.index + found[0].length))
      if (next.length + done.length > maxAlternatives) return undefined
    }
    open = next
  }
  return done
}

/** Row by row over the parts: which of the names each part can end at. */
function fitsPath(parts: readonly string[], names: readonly string[]): boolean {
  let reached = new Set([0])
  for (const part of parts) {
    const next = new Set<number>()
    for (const at of reached) {
      if (part === '**') {
        next.add(at)
        for (let to = at; to < names.length && !names[to]?.startsWith('.'); to += 1) next.add(to + 1)
      } else if (at < names.length && fitsName(part, names[at] ?? '')) next.add(at + 1)
    }
    reached = next
  }
  return reached.has(names.length)
}

/** Goes back only to the last star: at most pattern times name. */
function fitsName(part: string, name: string): boolean {
  if (name.startsWith('.') && !part.startsWith('.')) return false
  let at = 0
  let to = 0
  let star = -1
  let starTo = 0
  while (to < name.length) {
    const length = part[at] === '*' ? 0 : fitsCharacter(part, at, name[to] ?? '')
    if (part[at] === '*') {
      star = at
      starTo = to
      at += 1
    } else if (length > 0) {
      at += length
      to += 1
    } else if (star !== -1) {
      starTo += 1
      at = star + 1
      to = starTo
    } else return false
  }
  while (part[at] === '*') at += 1
  return at === part.length
}

/** Units of the pattern that stand for this character; 0 where it does not fit. */
function fitsCharacter(part: string, at: number, character: string): number {
  const sign = part[at]
  if (sign === undefined) return 0
  if (sign === '?') return 1
  const end = sign === '[' ? part.indexOf(']', at + 2) : -1
  if (end === -1) return sign === character ? 1 : 0
  const set = part.slice(at + 1, end)
  const isNot = set.startsWith('!') || set.startsWith('^')
  return isIn(isNot ? set.slice(1) : set, character) === isNot ? 0 : end + 1 - at
}

function isIn(set: string, character: string): boolean {
  for (let at = 0; at < set.length; at += 1) {
    const from = set[at] ?? ''
    if (set[at + 1] === '-' && at + 2 < set.length) {
      if (from <= character && character <= (set[at + 2] ?? '')) return true
      at += 2
    } else if (from === character) return true
  }
  return false
}
