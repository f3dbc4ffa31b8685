/** Text in; its sentences out, in order: lines of logs and lists one by one, lines of wrapped prose joined. */

/** After a stop and before a capital or a digit; not after an initial or an abbreviation. */
const boundary = /(?<=[.!?]["'”’)\]]*)(?<!\b(?:\p{Lu}|Mr|Ms|Mrs|Dr|St|vs|No|e\.g|i\.e)\.)\s+(?=["'“‘([]*[\p{Lu}\p{N}])|(?<=[。！？])/u

export function splitSentences(text: string): string[] {
  const sentences: string[] = []
  for (const paragraph of text.split(/\r?\n[^\S\n]*\r?\n/)) {
    for (const line of joinWrapped(paragraph)) {
      for (const sentence of line.split(boundary)) {
        const trimmed = sentence.trim()
        // Rules and fences say nothing.
        if (/[\p{L}\p{N}]/u.test(trimmed)) sentences.push(trimmed)
      }
    }
  }
  return sentences
}

/** Lines of one paragraph, with those that only go on after the width of a page joined to the one before. */
function joinWrapped(paragraph: string): string[] {
  const lines: string[] = []
  let before = ''
  for (const line of paragraph.split(/\r?\n/)) {
    if (lines.length > 0 && goesOn(before, line)) lines.push(`${lines.pop()!.trimEnd()} ${line.trim()}`)
    else lines.push(line)
    before = line
  }
  return lines
}

/** Words after which a sentence is never over. */
const open = /(,|\b(?:a|an|and|any|as|at|by|for|from|in|is|of|on|or|that|the|this|to|with))$/i

function goesOn(before: string, line: string): boolean {
  if (before.trim().length < 40 || /[.!?:;]["'”’)\]]*\s*$/.test(before)) return false
  if (indentOf(line) > indentOf(before) + 3) return false
  const start = line.trim()
  if (/^(\p{Ll}|["'“(]+\p{Ll})/u.test(start)) return true
  if (/^\p{L}/u.test(start) && open.test(before.trimEnd())) return true
  return isShouted(before) && isShouted(line)
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

function isShouted(line: string): boolean {
  return /\p{Lu}{3}/u.test(line) && !/\p{Ll}/u.test(line)
}
