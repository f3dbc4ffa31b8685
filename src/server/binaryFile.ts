/** A file in; whether it holds no text, as far as its beginning tells, out. */
import { open } from 'node:fs/promises'

/** As far as the documents' own look reaches. */
const startBytes = 8 * 1024

/** One that cannot be read holds none either. Compressed text is text. */
export async function isBinaryFile(path: string): Promise<boolean> {
  try {
    await using file = await open(path)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0)
    const start = buffer.subarray(0, bytesRead)
    const [first, second] = start
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
    const isGzip = first === 0x1f && second === 0x8b
    return start.includes(0) && !isUtf16 && !isGzip
  } catch {
    return true // named by a folder or a glob, it is left out like one that is binary
  }
}
