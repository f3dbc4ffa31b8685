/** Nothing in; ripgrep, compiled from the bytes in its package and from nowhere else, out. */
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { compile, type WasmModule } from './webAssembly.ts'

/** What the package keeps its module in. */
interface PackedModule {
  getCompressedBytes(): Uint8Array
}

/**
 * The package's own loader takes the module from a file of a known name in the folder for temporary files, if there is one: anybody on the machine may have put it there.
 * Here nothing is asked but the package itself.
 */
export async function compileRipgrep(): Promise<WasmModule> {
  const packed = new URL('./_rg.wasm.mjs', import.meta.resolve('ripgrep'))
  const { getCompressedBytes } = (await import(packed.href)) as PackedModule
  return compile(await promisify(brotliDecompress)(getCompressedBytes()))
}
