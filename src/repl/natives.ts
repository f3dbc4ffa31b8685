/** Texts and bytes of the guest's in; what this process's own URL, encodings and clock make of them out. None of them throws: the guest would see this process's stack. */

/** Parts of a URL, in the order of {@link urlParts}. */
type UrlParts = readonly string[]

const urlParts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const

/** Decoders in the middle of a stream, by the number the guest knows them by. */
const decoders = new Map<number, TextDecoder>()

/** Streams of legacy encodings under way at once. Those of UTF-8 are the guest's own matter. */
const maxDecoders = 1_000
let lastDecoder = 0

/** What the guest's runtime calls under these names. */
export const natives = {
  /** The parts of a URL, or null for an invalid one. */
  parseUrl(input: string, base: string | undefined): UrlParts | null {
    const url = URL.parse(input, base)
    return url === null ? null : urlParts.map((part) => url[part])
  },

  /** The parts of a URL after one of them was set. */
  setUrlPart(href: string, part: string, value: string): UrlParts | null {
    const url = URL.parse(href)
    if (url === null || !isSettable(part)) return null
    try {
      url[part] = value
    } catch {
      // Setting `href` to what is no URL.
      return null
    }
    return urlParts.map((name) => url[name])
  },

  /** Names and values of an `application/x-www-form-urlencoded` text, in turn. */
  parseQuery(text: string): readonly string[] {
    return [...new URLSearchParams(`?${text}`)].flat()
  },

  /** UTF-8; halves of surrogate pairs become U+FFFD. */
  encodeUtf8(text: string): Uint8Array {
    return new TextEncoder().encode(text)
  },

  /** The name of an encoding by one of its labels, or null. */
  encodingOf(label: string): string | null {
    try {
      return new TextDecoder(label).encoding
    } catch {
      // An unknown label.
      return null
    }
  },

  /** The text of bytes; null where `fatal` and they are not valid. */
  decode(bytes: Uint8Array, encoding: string, fatal: boolean, ignoreBOM: boolean): string | null {
    try {
      return new TextDecoder(encoding, { fatal, ignoreBOM }).decode(bytes)
    } catch {
      // Bytes that are not valid.
      return null
    }
  },

  /** Goes on with a stream, or begins one for number 0. Gives its number (0 once it has ended) and the text; null where `fatal` and the bytes are not valid. */
  decodeNext(number: number, bytes: Uint8Array, encoding: string, fatal: boolean, ignoreBOM: boolean, stream: boolean): readonly [number, string] | null {
    const known = decoders.get(number)
    decoders.delete(number)
    try {
      const decoder = known ?? new TextDecoder(encoding, { fatal, ignoreBOM })
      const text = decoder.decode(bytes, { stream })
      if (!stream) return [0, text]
      const next = ++lastDecoder
      decoders.set(next, decoder)
      // A stream that was never ended makes room for a new one.
      if (decoders.size > maxDecoders) decoders.delete(decoders.keys().next().value as number)
      return [next, text]
    } catch {
      // Bytes that are not valid.
      return null
    }
  },

  /** Milliseconds since this process started, at a resolution of 0.1 ms. */
  monotonicMs(): number {
    return Math.round(performance.now() * 10) / 10
  },
}

type SettablePart = Exclude<(typeof urlParts)[number], 'origin'>

function isSettable(part: string): part is SettablePart {
  return part !== 'origin' && (urlParts as readonly string[]).includes(part)
}
