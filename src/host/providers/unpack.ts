/** The body of a reply, and how it says that it is packed, in; what is in it out. For servers that pack their replies although they were asked not to. */

import type { BrotliDecompress, Gunzip, Inflate, ZstdDecompress } from 'node:zlib'

/** Whether a reply's `content-encoding` says that its body is packed. */
export function isPacked(coding: string | undefined): coding is string {
  return coding !== undefined && !/^\s*(identity)?\s*$/i.test(coding)
}

/** Throws for what is packed otherwise than it says, in a way that is not known, or into more than `maxBytes`. */
export function unpack(bytes: Buffer, coding: string, maxBytes: number): Buffer {
  // Loaded where it is needed: hardly ever.
  const { gunzipSync, inflateSync, brotliDecompressSync, zstdDecompressSync } = process.getBuiltinModule('node:zlib')
  const options = { maxOutputLength: maxBytes }
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(bytes, options)
    case 'deflate':
      return inflateSync(bytes, options)
    case 'br':
      return brotliDecompressSync(bytes, options)
    case 'zstd':
      return zstdDecompressSync(bytes, options)
    default:
      throw unknown()
  }
}

/** The same for what comes in chunks: each gives what it has in it at once. */
export function createUnpacker(coding: string): Gunzip | Inflate | BrotliDecompress | ZstdDecompress {
  const { createGunzip, createInflate, createBrotliDecompress, createZstdDecompress } = process.getBuiltinModule('node:zlib')
  switch (coding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    case 'zstd':
      return createZstdDecompress()
    default:
      throw unknown()
  }
}

function unknown(): Error {
  return Object.assign(new Error('packed in a way that is not known'), { code: 'CONTENT_ENCODING' })
}
