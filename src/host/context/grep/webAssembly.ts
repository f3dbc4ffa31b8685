/** Bytes of a module in; what Node's WebAssembly makes of them, with the types that Node's own lack, out. */

/** Compiled code; can be given to threads. */
export type WasmModule = object

export interface WasmMemory {
  readonly buffer: ArrayBuffer
  /** By so many pages of 64 KiB. */
  grow(pages: number): number
}

interface Wasm {
  readonly Module: (new (bytes: Uint8Array<ArrayBuffer>) => WasmModule) & { imports(module: WasmModule): readonly { readonly module: string; readonly name: string }[] }
  readonly Instance: new (module: WasmModule, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => { readonly exports: unknown }
  /** What it throws where code cannot go on. */
  readonly RuntimeError: new () => Error
  compile(bytes: Uint8Array): Promise<WasmModule>
}

/** The types of Node come without it. */
export const { Module, Instance, RuntimeError, compile } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly
