/** The number of one option in; the same number, within its range, out, or an error that names the option and its range. */
import { type Check, expected } from './check.ts'

/** Longest finite time that a timer of the runtime can hold, in milliseconds (24.8 days). */
const maxTimerMs = 2 ** 31 - 1

export function wholeFrom(least: number): Check<number> {
  return numberWhere(`a whole number from ${least} up`, (value) => Number.isSafeInteger(value) && value >= least)
}

export function numberFrom(least: number, infinity?: string): Check<number> {
  const what = `a number from ${least} up${infinity === undefined ? '' : `, or ${infinity}`}`
  return numberWhere(what, (value) => value >= least && (infinity !== undefined || value < Infinity))
}

export function wholeOrInfinity(value: unknown, name: string): number {
  const what = 'a whole number from 0 up, or Infinity for no limit'
  return numberWhere(what, (value) => value === Infinity || (Number.isSafeInteger(value) && value >= 0))(value, name)
}

export function timeMs(value: unknown, name: string): number {
  const what = `a number of milliseconds from 1 to ${maxTimerMs}, or Infinity for no bound`
  return numberWhere(what, (value) => value === Infinity || (value >= 1 && value <= maxTimerMs))(value, name)
}

export function finiteTimeMs(value: unknown, name: string): number {
  return numberWhere(`a number of milliseconds from 1 to ${maxTimerMs}`, (value) => value >= 1 && value <= maxTimerMs)(value, name)
}

function numberWhere(what: string, holds: (value: number) => boolean): Check<number> {
  return (value, name) => {
    if (typeof value !== 'number') throw expected(name, what, value, false)
    if (!holds(value)) throw expected(name, what, value, true)
    return value
  }
}
