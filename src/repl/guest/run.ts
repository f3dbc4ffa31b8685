/** A compiled cell in; its value, its final value, or why it failed, out to the host. */
import { runtime } from './bindings.ts'
import { abortAll, beginExecution, forget } from './calls.ts'
import { encodeValue } from './encode.ts'
import { createError } from './errors.ts'
import { failureOf } from './failure.ts'
import { drainFinalizers } from './finalization.ts'
import { emit, failed, settled } from './host.ts'
import { inspect } from './inspect.ts'
import { keepLast } from './last.ts'
import { muteOutput, resetOutput } from './output.ts'
import { IntrinsicPromise, jsonStringify, promiseThen } from './primordials.ts'
import { seed } from './random.ts'
import { forgetTimers } from './timers.ts'

/** A cell's code, as `compileCell` makes it. */
type Start = (bindings: typeof runtime) => Promise<unknown>

let sessionSeed = ''
let valueBytes = 0
let keepsLast = false
let execution = 0
let hasFinal = false
let hasEnded = false

/** Sets what holds for all cells of the session. */
export function configure(options: { readonly seed: string; readonly valueBytes: number; readonly underscore: boolean }): void {
  sessionSeed = options.seed
  keepsLast = options.underscore
  valueBytes = options.valueBytes
}

/** Runs a cell. Its end is told by message, never by what this returns: a floating rejection would come in its place. */
export function run(start: Start, number: number, name: string): void {
  execution = number
  hasFinal = false
  hasEnded = false
  beginExecution(number)
  resetOutput()
  seed(`${sessionSeed}/${name}`)
  drainFinalizers()
  promiseThen(
    start(runtime),
    (value) => done(number, value),
    (thrown) => fail(number, thrown),
  )
}

/** The cell is over, whatever it still does; with `abort` the host does not know it yet. */
export function end(abort: boolean): void {
  if (abort) abortAll()
  forget()
  forgetTimers()
}

/** The result of the run: the first one wins, what is in flight ends, and the cell goes no further. */
export function final(value: unknown): Promise<never> {
  if (!hasEnded) {
    try {
      // What `FINAL` recorded before stays the result; the host knows it.
      send('final', value, ',"ends":true')
      hasFinal = true
      hasEnded = true
      muteOutput()
    } catch (thrown) {
      return new IntrinsicPromise((_resolve, reject) => reject(thrown))
    }
  }
  return new IntrinsicPromise(() => undefined)
}

/** Records a result and goes on, as published recursive-language-model programs expect. */
export function recordFinal(value: unknown): unknown {
  if (hasFinal) return value
  send('final', value, ',"ends":false')
  hasFinal = true
  return value
}

function done(number: number, value: unknown): void {
  if (number !== execution) return
  if (keepsLast && value !== undefined) keepLast('_', value)
  try {
    send('done', value, '')
  } catch (thrown) {
    tellFailure(number, thrown)
  }
}

function fail(number: number, thrown: unknown): void {
  if (number !== execution) return
  if (keepsLast) keepLast('_error', thrown)
  tellFailure(number, thrown)
}

/** Without a prototype, on which the program could have put a `toJSON`. */
function tellFailure(number: number, thrown: unknown): void {
  failed(jsonStringify({ __proto__: null, execution: number, ...failureOf(thrown) }))
}

/** The value in pieces, then the message that says what it is. Throws OUTPUT for a value over the limit. */
function send(type: 'done' | 'final', value: unknown, rest: string): void {
  const encoded = encodeValue(value, valueBytes)
  if (encoded.type === 'tooLarge') {
    throw createError({ code: 'OUTPUT', message: `The value is larger than ${valueBytes} bytes; return less of it, or print it` })
  }
  // Nested too deep to cross is as a function is: it is shown, and its value is undefined.
  const pieces = encoded.type === 'tooDeep' ? [] : encoded.pieces
  for (let index = 0; index < pieces.length; index++) emit(`{"type":"piece"${index === 0 ? ',"first":true' : ''},"text":${jsonStringify(pieces[index])}}`, false)
  const message = `{"type":"${type}","execution":${execution}${rest},"text":${jsonStringify(inspect(value))}}`
  if (type === 'done') settled(execution, message)
  else emit(message, true)
}
