/** Rows of words in; the same rows in columns out. */

/** Pads each column to its widest word; the last one is left as it is. Words must be safe to show already. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [index, word] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, word.length)
  return rows.map((row) => `${row.map((word, index) => (index === row.length - 1 ? word : word.padEnd(widths[index] ?? 0))).join('  ').trimEnd()}\n`).join('')
}
