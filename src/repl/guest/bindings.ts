/** Names that cells declare in; properties of the global object, which later cells and older closures see, out. */
import {
  createList, defineOwn, defineProperty, IntrinsicMap, IntrinsicReferenceError, IntrinsicSet, IntrinsicTypeError, IntrinsicWeakSet, mapDelete, mapForEach, mapGet, mapHas, mapSet, mapSize, objectKeys,
  ownDescriptor, reflectApply, setAdd, setDelete, setForEach, setHas, weakSetAdd, weakSetHas,
} from './primordials.ts'
import { isProxy, standIn } from './proxies.ts'

const { isExtensible } = Object
const { deleteProperty } = Reflect
/** The program may delete the name that it goes by. */
const scope: object = globalThis

/** What a cell's code calls (cell/rewrite.ts of the sandbox). */
export interface CellRuntime {
  /**
   * Tells what the cell declares and assigns to, before anything of it runs. `assigned` is null for code that may assign to anything.
   * `early` are the names of `lexical` that something may ask for before their declaration has run: until then that throws.
   */
  readonly begin: (lexical: readonly string[], vars: readonly string[], assigned: readonly string[] | null, early: readonly string[]) => void
  /** The cell is over: names whose declaration it has not reached are again what they were before it. */
  readonly end: () => void
  /** Whether a cell has declared a variable of the name. */
  readonly isDeclared: (name: string) => boolean
  /** The cell's value, ready to be awaited. */
  readonly awaitable: (value: unknown) => unknown
  /** Setting a property declares a variable of its name, functions and classes included. */
  readonly let: object
  /** Setting a property declares a constant of its name. */
  readonly const: object
}

export const runtime: CellRuntime = { begin, end, isDeclared: (name) => setHas(declared, name), awaitable, let: createDeclarer(defineVariable), const: createDeclarer(defineConstant) }

/** Names of variables that cells have made, implicit globals included, in the order they came up. */
export function variables(): string[] {
  return objectKeys(scope)
}

/** A variable's value; undefined if there is none of the name. Runs no getter of the program's. */
export function variableValue(name: string): { readonly value: unknown } | undefined {
  const descriptor = ownDescriptor(scope, name)
  if (descriptor === undefined || descriptor.enumerable !== true) return undefined
  if (descriptor.get === undefined) return { value: descriptor.value }
  return weakSetHas(guards, descriptor.get) ? { value: reflectApply(descriptor.get, undefined, createList()) } : undefined
}

/**
 * Constants are properties that cannot be written, which V8 reads at no cost. Sloppy code that assigns to one would not notice;
 * hence a constant whose name something assigns to is an accessor instead, whose setter throws, and reads ten times as slow.
 */
const constants = new IntrinsicSet<string>()
/** Names that code of any cell assigns to, whatever they mean there. */
const assignedNames = new IntrinsicSet<string>()
let isAnyAssigned = false
/** Getters of constants that are guarded by a setter. */
const guards = new IntrinsicWeakSet<object>()

/** Names that cells have declared. */
const declared = new IntrinsicSet<string>()

/** Names whose declaration the cell that runs has not reached, and the property that each was before it. */
const unready = new IntrinsicMap<string, PropertyDescriptor | undefined>()

function begin(lexical: readonly string[], vars: readonly string[], assigned: readonly string[] | null, early: readonly string[]): void {
  // A cell that was cut short has not said that it is over.
  end()
  // All are looked at before the first is made.
  for (let index = 0; index < lexical.length; index++) refuseFixed(lexical[index] as string, false)
  for (let index = 0; index < vars.length; index++) refuseFixed(vars[index] as string, true)
  if (assigned === null) guardAll()
  else for (let index = 0; index < assigned.length; index++) guard(assigned[index] as string)
  for (let index = 0; index < vars.length; index++) hoist(vars[index] as string)
  for (let index = 0; index < lexical.length; index++) setAdd(declared, lexical[index] as string)
  for (let index = 0; index < vars.length; index++) setAdd(declared, vars[index] as string)
  for (let index = 0; index < early.length; index++) withhold(early[index] as string)
}

/** Asking a proxy whether it is a promise runs a trap of the program's. One that throws is no reason to fail a cell that only shows the proxy. */
function awaitable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !isProxy(value)) return value
  try {
    void (value as { readonly then?: unknown }).then
    return value
  } catch {
    return standIn(value) ?? value
  }
}

function end(): void {
  if (mapSize(unready) > 0) mapForEach(unready, restore)
}

/** The name of a variable before its declaration, which the language calls its temporal dead zone. */
function withhold(name: string): void {
  mapSet(unready, name, ownDescriptor(scope, name))
  const refuse = (): never => {
    throw new IntrinsicReferenceError(`Cannot access '${name}' before initialization`)
  }
  weakSetAdd(refusals, refuse)
  defineProperty(scope, name, { __proto__: null, get: refuse, set: refuse, enumerable: false, configurable: true } as PropertyDescriptor)
}

/** Getters of names that are not ready. */
const refusals = new IntrinsicWeakSet<object>()

function restore(before: PropertyDescriptor | undefined, name: string): void {
  mapDelete(unready, name)
  const getter = ownDescriptor(scope, name)?.get
  // The program may have made something else of it.
  if (getter === undefined || !weakSetHas(refusals, getter)) return
  if (before === undefined) deleteProperty(scope, name)
  else defineProperty(scope, name, before)
  if (setHas(constants, name) && (isAnyAssigned || setHas(assignedNames, name))) guardConstant(name)
}

/** The declaration has come. What was no property before is none again: V8 reads a new one faster than one that was something else. */
function release(name: string): void {
  if (!mapHas(unready, name)) return
  if (mapGet(unready, name) === undefined) deleteProperty(scope, name)
  mapDelete(unready, name)
}

/** A program can make properties of the global object that nothing can be done about. */
function refuseFixed(name: string, isVar: boolean): void {
  const descriptor = ownDescriptor(scope, name)
  if (descriptor === undefined ? isExtensible(scope) : descriptor.configurable === true || (isVar && descriptor.writable === true)) return
  throw new IntrinsicTypeError(
    descriptor === undefined
      ? `\`${name}\` cannot be declared: the program made globalThis non-extensible`
      : `\`${name}\` cannot be declared: the program made that property of globalThis non-configurable`,
  )
}

/** A `var` keeps the value that its name has, and can be assigned from now on. */
function hoist(name: string): void {
  const descriptor = ownDescriptor(scope, name)
  if (descriptor === undefined) defineVariable(name, undefined)
  else if (descriptor.configurable === true && (descriptor.writable !== true || descriptor.enumerable !== true)) {
    defineVariable(name, descriptor.get === undefined ? descriptor.value : reflectApply(descriptor.get, scope, createList()))
  }
}

function defineVariable(name: string, value: unknown): void {
  if (mapSize(unready) > 0) release(name)
  setDelete(constants, name)
  defineOwn(scope, name, value)
}

function defineConstant(name: string, value: unknown): void {
  if (mapSize(unready) > 0) release(name)
  setAdd(constants, name)
  if (isAnyAssigned || setHas(assignedNames, name)) defineGuarded(name, value)
  else defineProperty(scope, name, { __proto__: null, value, writable: false, enumerable: true, configurable: true } as PropertyDescriptor)
}

function defineGuarded(name: string, value: unknown): void {
  const get = (): unknown => value
  weakSetAdd(guards, get)
  const set = (): never => {
    throw new IntrinsicTypeError('Assignment to constant variable.')
  }
  defineProperty(scope, name, { __proto__: null, get, set, enumerable: true, configurable: true } as PropertyDescriptor)
}

function guard(name: string): void {
  setAdd(assignedNames, name)
  if (setHas(constants, name)) guardConstant(name)
}

function guardAll(): void {
  if (isAnyAssigned) return
  isAnyAssigned = true
  setForEach(constants, guardConstant)
}

function guardConstant(name: string): void {
  const descriptor = ownDescriptor(scope, name)
  // The program may have made something else of it by now.
  if (descriptor?.configurable === true && descriptor.writable === false) defineGuarded(name, descriptor.value)
}

function createDeclarer(define: (name: string, value: unknown) => void): object {
  return new Proxy(
    { __proto__: null },
    {
      __proto__: null,
      set(_target: object, name: string, value: unknown): true {
        define(name, value)
        return true
      },
    } as ProxyHandler<object>,
  )
}
