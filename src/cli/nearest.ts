/** A word in; names that differ little from it, nearest first, out. */

/** Names that go on where the word ends, or the other way round, come first. */
export function nearestNames(word: string, names: readonly string[], { atMost = 3 }: { readonly atMost?: number } = {}): readonly string[] {
  const most = Math.ceil(word.length / 3) - (word.length < 3 ? 1 : 0)
  return names
    .map((name) => ({ name, distance: name.startsWith(word) || word.startsWith(name) ? 0 : distanceOf(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, atMost)
    .map(({ name }) => name)
}

/** Letters to put in, take out or replace (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length] ?? 0
}
