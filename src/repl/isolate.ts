/** Natives and guest modules in; an isolate whose exports can be called, one turn at a time, out. The only importer of isolated-vm. */
import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type * as ivm from 'isolated-vm'
import { guestPackages } from './packages.ts'

/** Plain functions the guest's runtime may call; arguments and results are primitives, or bytes by copy. */
export type Natives = Readonly<Record<string, (...args: never[]) => unknown>>

export interface IsolateOptions {
  readonly memoryMb: number
  readonly natives: Natives
  /** V8 gave up: the calling thread never comes back from this; report, and let the host kill the process. */
  readonly onCatastrophe: (message: string) => void
  /** Path of the module whose exports can be called. @default `guest/index.ts` */
  readonly entry?: string
}

/** A function inside the isolate. Each call is one turn: it runs, and microtasks are drained before it returns. */
export type GuestFunction = (args: readonly GuestArgument[], timeoutMs?: number) => unknown

/** A primitive, or a {@link GuestScript}. */
export type GuestArgument = string | number | boolean | undefined | null | GuestScript

/** What a script evaluated to, kept inside the isolate. */
export class GuestScript {
  readonly reference: ivm.Reference
  constructor(reference: ivm.Reference) {
    this.reference = reference
  }
}

/** How a turn ended badly: its time was over (the isolate lives), its memory was (the isolate is gone), or a rejection nobody handled came out of it. */
export type TurnFault = 'timeout' | 'memory' | 'floating'

/** Stack of an isolate, in KiB: V8's own default, and less than this process has (host/launch.ts). */
const guestStackKb = 984

export class GuestIsolate {
  readonly #isolate: ivm.Isolate
  readonly #context: ivm.Context
  readonly #exports: ivm.Reference
  #validator: ivm.Reference | undefined

  constructor(options: IsolateOptions) {
    const { Isolate, Callback } = loadIvm()
    setFlagsFromString(`--stack-size=${guestStackKb}`)
    this.#isolate = new Isolate({ memoryLimit: options.memoryMb, onCatastrophicError: options.onCatastrophe })
    this.#context = this.#isolate.createContextSync()
    for (const [name, native] of Object.entries(options.natives)) {
      this.#context.global.setSync(`replm:${name}`, new Callback(native as (...args: unknown[]) => unknown))
    }
    this.#context.global.setSync('replm:validator', new Callback((name: string) => this.#validatorFunction(name)))
    this.#exports = this.#evaluateModules(options.entry ?? guestFile('index'), this.#context)
  }

  /**
   * A function of the schema validator, as the guest's runtime calls it. It runs in the guest's isolate and turn, but in a context of its own, which is made at first use:
   * what a program does to its intrinsics does not reach it.
   */
  #validatorFunction(name: string): unknown {
    this.#validator ??= this.#evaluateModules(guestFile('validator'), this.#isolate.createContextSync())
    return (this.#validator.getSync(name, { reference: true }) as ivm.Reference).derefInto({ release: true })
  }

  /** An exported function of `guest/index.ts`. */
  export(name: string): GuestFunction {
    const reference = this.#exports.getSync(name, { reference: true }) as ivm.Reference
    return (args, timeoutMs) =>
      reference.applySync(
        undefined,
        args.map((argument) => (argument instanceof GuestScript ? argument.reference.derefInto({ release: true }) : argument)),
        timeoutMs === undefined ? {} : { timeout: timeoutMs },
      ) as unknown
  }

  /** Compiles and evaluates a script, keeping its completion value inside. Throws what compiling throws. */
  evaluate(code: string, filename: string): GuestScript {
    // A comment in the code can name another file for its frames; the last one counts.
    const named = code.includes('sourceURL=') ? `${code}\n//# sourceURL=${filename}` : code
    return new GuestScript(this.#context.evalSync(named, { filename, reference: true }) as ivm.Reference)
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed
  }

  /** Only for tests in one process: the sandbox's own isolate ends with its process. */
  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }

  #evaluateModules(entryFile: string, context: ivm.Context): ivm.Reference {
    const modules = new Map<string, ivm.Module>()
    const compile = (file: string): ivm.Module => {
      const known = modules.get(file)
      if (known !== undefined) return known
      const module = this.#isolate.compileModuleSync(moduleSource(file), { filename: `replm:${file.slice(file.lastIndexOf('/') + 1)}` })
      modules.set(file, module)
      return module
    }
    const fileOf = (module: ivm.Module): string => {
      for (const [file, known] of modules) if (known === module) return file
      throw new Error('An unknown module asks for an import')
    }
    const resolve = (specifier: string, referrer: ivm.Module): ivm.Module =>
      compile(specifier.startsWith('.') ? fileURLToPath(new URL(specifier, `file://${dirname(fileOf(referrer))}/`)) : guestPackage(specifier))
    const entry = compile(entryFile)
    entry.instantiateSync(context, resolve)
    entry.evaluateSync()
    return entry.namespace
  }
}

/** What a turn threw, told apart. */
export function turnFault(thrown: unknown, isolate: GuestIsolate): TurnFault {
  if (isolate.isDisposed) return 'memory'
  return thrown instanceof Error && thrown.message === 'Script execution timed out.' ? 'timeout' : 'floating'
}

/** Path of a module of the guest's runtime, in source and in dist. */
function guestFile(name: string): string {
  return fileURLToPath(new URL(`./guest/${name}${import.meta.url.slice(-3)}`, import.meta.url))
}

function moduleSource(file: string): string {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.ts') ? stripTypeScriptTypes(text) : text
}

function guestPackage(specifier: string): string {
  const file = guestPackages[specifier]
  if (file === undefined) throw new Error(`The guest's runtime may not import ${specifier}`)
  return file
}

/** The addon itself: the package's own loader looks through folders that the permission model keeps shut. */
function loadIvm(): typeof ivm {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('isolated-vm/package.json'))
  const file = `${folder}/prebuilds/${process.platform}-${process.arch}/isolated-vm.abi${process.versions.modules}`
  if (process.platform !== 'linux') return (require(`${file}.node`) as { ivm: typeof ivm }).ivm
  try {
    return (require(`${file}.glibc.node`) as { ivm: typeof ivm }).ivm
  } catch {
    // The other C library: asking which it is costs four times as much as trying.
    return (require(`${file}.musl.node`) as { ivm: typeof ivm }).ivm
  }
}
