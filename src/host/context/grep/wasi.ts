/** What ripgrep is to read in, and who takes what it says; an instance of it that sees nothing else of the machine out. */
import { Instance, Module, RuntimeError, type WasmMemory, type WasmModule } from './webAssembly.ts'

export interface WasiOptions {
  readonly words: readonly string[]
  /** Fills the bytes, and gives how many; 0 at the end. */
  readonly read: (target: Uint8Array) => number
  readonly write: (bytes: Uint8Array) => void
  readonly writeError: (bytes: Uint8Array) => void
}

/** Memory that a pattern may take. */
const maxMemoryBytes = 512 * 1024 * 1024

/** Numbers of WASI preview 1. */
const success = 0
const badFile = 8
const notSupported = 58
const characterDevice = 2
const regularFile = 4

/** The exit code of a program in Rust that panics. */
const crashed = 101

class Exit {
  readonly code: number
  constructor(code: number) {
    this.code = code
  }
}

interface Exports {
  readonly memory: WasmMemory
  _start(): void
}

/** A run of ripgrep that is made ahead: an instance can be run once. */
export interface Ripgrep {
  /** Gives its exit code: 0 for matches, 1 for none, 2 for an error that it has told of. What the options throw goes through. */
  run(options: WasiOptions): number
}

/** No files, no folders, no environment, no clock, no randomness: standard input, output and error alone. */
export function createRipgrep(module: WasmModule): Ripgrep {
  let options: WasiOptions | undefined
  const given = (): WasiOptions => {
    if (options === undefined) throw new TypeError('ripgrep was run before it was told what to do')
    return options
  }
  const view = (): DataView => new DataView(exports.memory.buffer)
  let words: readonly Uint8Array[] = []

  /** Calls with each of some buffers in its memory, until one is not used whole. */
  const each = (list: number, count: number, totalAt: number, use: (bytes: Uint8Array) => number): number => {
    if (exports.memory.buffer.byteLength > maxMemoryBytes) throw new RangeError('The pattern takes more memory than a search may')
    const numbers = view()
    let total = 0
    for (let index = 0; index < count; index++) {
      const length = numbers.getUint32(list + index * 8 + 4, true)
      const used = use(new Uint8Array(exports.memory.buffer, numbers.getUint32(list + index * 8, true), length))
      total += used
      if (used < length) break
    }
    numbers.setUint32(totalAt, total, true)
    return success
  }

  const calls: Readonly<Record<string, (...values: number[]) => number>> = {
    proc_exit: (code = 0) => {
      throw new Exit(code)
    },
    args_sizes_get: (countAt = 0, bytesAt = 0) => {
      view().setUint32(countAt, words.length, true)
      view().setUint32(bytesAt, words.reduce((sum, { length }) => sum + length, 0), true)
      return success
    },
    args_get: (placesAt = 0, bytesAt = 0) => {
      let at = bytesAt
      for (const [index, word] of words.entries()) {
        view().setUint32(placesAt + index * 4, at, true)
        new Uint8Array(exports.memory.buffer).set(word, at)
        at += word.length
      }
      return success
    },
    environ_sizes_get: (countAt = 0, bytesAt = 0) => {
      view().setUint32(countAt, 0, true)
      view().setUint32(bytesAt, 0, true)
      return success
    },
    environ_get: () => success,
    // Seeds of its hash tables: searches are to be the same every time.
    random_get: (at = 0, length = 0) => {
      new Uint8Array(exports.memory.buffer, at, length).fill(7)
      return success
    },
    clock_time_get: (_id, _precision, at = 0) => {
      view().setBigUint64(at, 0n, true)
      return success
    },
    fd_read: (file = 0, list = 0, count = 0, totalAt = 0) => (file === 0 ? each(list, count, totalAt, (bytes) => given().read(bytes)) : badFile),
    fd_write: (file = 0, list = 0, count = 0, totalAt = 0) =>
      each(list, count, totalAt, (bytes) => {
        if (file === 1) given().write(bytes)
        else given().writeError(bytes)
        return bytes.length
      }),
    fd_fdstat_get: (file = 0, at = 0) => {
      if (file > 2) return badFile
      const numbers = view()
      numbers.setBigUint64(at, BigInt(file === 0 ? regularFile : characterDevice), true)
      numbers.setBigUint64(at + 8, ~0n, true)
      numbers.setBigUint64(at + 16, ~0n, true)
      return success
    },
    fd_prestat_get: () => badFile,
    fd_close: () => success,
    sched_yield: () => success,
  }
  const imports = Object.fromEntries(Module.imports(module).map(({ name }) => [name, calls[name] ?? (() => notSupported)]))
  const exports = new Instance(module, { wasi_snapshot_preview1: imports }).exports as unknown as Exports // what the package's module exports

  return {
    run: (told) => {
      options = told
      words = ['rg', ...told.words].map((word) => Buffer.from(`${word}\0`))
      try {
        exports._start()
        return 0
      } catch (thrown) {
        if (thrown instanceof Exit) return thrown.code
        // It has told why, as a program that crashes does.
        if (thrown instanceof RuntimeError) return crashed
        throw thrown
      }
    },
  }
}
