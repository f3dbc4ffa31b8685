/** A text and what is asked for in; what the text states of it, as `The access code of Amber Falcon is 48213.`, out. */

/** Longest value, in UTF-16 units. */
const maxValue = 500

/** What each `The … is VALUE.` of the text gives, in its order, each once. */
export function findStated(text: string, subject: string): string[] {
  const values = new Set<string>()
  const words = `he ${subject} is `
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + words.length)) {
    if (!/^[Tt]$/.test(text[at - 1] ?? '') || /[\p{L}\p{N}]/u.test(text[at - 2] ?? '')) continue
    const value = sentenceFrom(text, at + words.length)
    if (value !== '') values.add(value)
  }
  return [...values]
}

/** Up to the end of the sentence, or of the line. */
function sentenceFrom(text: string, from: number): string {
  const rest = text.slice(from, from + maxValue)
  const end = /[.!?](?=\s|$)|\n/.exec(rest)
  return (end === null ? rest : rest.slice(0, end.index)).trim()
}
