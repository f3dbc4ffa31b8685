/** A seed in; texts with everything that makes searching hard, the same for every run, out. */

export interface Text {
  readonly what: string
  readonly bytes: Buffer
}

/** The same everywhere: xorshift. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const words = ['foo', 'Foo', 'FOO', 'foobar', 'bar', 'needle', 'NEEDLE', 'naïve', 'café', 'cafe\u0301', 'Straße', 'STRASSE', '日本語', '🎉', '👩‍👩‍👧', 'x', '', 'a.b', 'a+b', 'k', 'K', '\u212a', 'ſ', 'ß', 'İ', '1234', '٣', '_', 'foo-bar', 'tab\there']

function prose(seed: number, lines: number, terminator: (index: number) => string): string {
  const random = randomNumbers(seed)
  let text = ''
  for (let index = 0; index < lines; index++) {
    const count = random(9)
    for (let word = 0; word < count; word++) text += (word > 0 ? ' ' : '') + (words[random(words.length)] ?? '')
    text += terminator(index)
  }
  return text
}

export function corpus(): readonly Text[] {
  const random = randomNumbers(99)
  const broken = Buffer.from(prose(5, 400, () => '\n'))
  for (let count = 0; count < 300; count++) broken[random(broken.length)] = [0xff, 0xc3, 0x80, 0xed, 0xf0, 0xe2][random(6)] ?? 0
  const long = `${'abc needle defg '.repeat(4_000)}🎉foo`
  return [
    { what: 'an empty file', bytes: Buffer.alloc(0) },
    { what: 'a single line feed', bytes: Buffer.from('\n') },
    { what: 'one word without an end', bytes: Buffer.from('foo') },
    { what: 'prose', bytes: Buffer.from(prose(1, 400, () => '\n')) },
    { what: 'no final newline', bytes: Buffer.from(`${prose(2, 50, () => '\n')}last foo needle`) },
    { what: 'CRLF', bytes: Buffer.from(prose(3, 200, () => '\r\n')) },
    { what: 'both kinds of ends', bytes: Buffer.from(prose(4, 150, (index) => (index % 3 === 0 ? '\r\n' : '\n'))) },
    { what: 'invalid UTF-8', bytes: broken },
    { what: 'NULs', bytes: Buffer.concat([Buffer.alloc(9_000, 'text\n'), Buffer.from(prose(6, 200, (index) => (index % 5 === 0 ? '\0\n' : '\n')))]) },
    { what: 'a long line between short ones', bytes: Buffer.from(`short foo\n${long}\nneedle\n`) },
    { what: 'more than a block', bytes: Buffer.from(`${prose(7, 150, () => '\n')}${'y '.repeat(75_000)}\n`.repeat(3)) },
    { what: 'letters of any case beyond ASCII', bytes: Buffer.from('kelvin \u212aELVIN\nſtop STOP\nstrasse Straße\n') },
  ]
}
