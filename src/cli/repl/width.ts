/** Text in; the columns that it takes on a terminal out. */

/** Combining marks, joiners and variation selectors: they stand on what is before them. */
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u

/** What East Asian fonts draw in two columns, by Unicode's East Asian Width (W and F), and emoji that are drawn as pictures. */
const wide = /^[\u1100-\u115f\u231a\u231b\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

/** Columns of one code point that is no control character. */
export function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return code === 0xad ? 0 : 1
  if (zeroWidth.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** Columns of a text without control characters. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** As much of a text as fits, with `…` at its end where it is cut. */
export function fitted(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let width = 0
  let end = 0
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns - 1) break
    end += character.length
  }
  return columns < 1 ? '' : `${text.slice(0, end)}…`
}
