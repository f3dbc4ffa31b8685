/** Any JavaScript text in; a column that gives back the same text, out. */

/** Text as it is; one with a lone surrogate, which UTF-8 cannot hold, as its UTF-16 units. Columns that take this are declared ANY. */
export function toColumn(text: string): string | Uint8Array {
  return text.isWellFormed() ? text : Buffer.from(text, 'utf16le')
}

export function fromColumn(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf16le')
}
