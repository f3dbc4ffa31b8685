/** Texts of the console in; `print` messages, as many as the cell may print, out. */
import { maxMessageUnits } from '../../protocol.ts'
import { createError } from './errors.ts'
import { emit } from './host.ts'
import { jsonStringify, stringCodeAt, stringSlice } from './primordials.ts'

export type OutputStream = 'stdout' | 'stderr'
export type OutputLevel = 'log' | 'info' | 'warn' | 'error' | 'debug'

let limitBytes = 0
let leftBytes = 0
let isMuted = false

/** JSON writes a character in at most six. */
const maxPrintUnits = maxMessageUnits / 6

/** Sets what each cell may print, in bytes of UTF-8. */
export function setOutputLimit(bytes: number): void {
  limitBytes = bytes
  resetOutput()
}

/** A new cell begins with all of its output before it. */
export function resetOutput(): void {
  leftBytes = limitBytes
  isMuted = false
}

/** The run has ended: what it prints from now on belongs to no cell, and goes nowhere. */
export function muteOutput(): void {
  isMuted = true
}

/** Prints one text. Past the limit the rest is cut, the cell is ended with OUTPUT, and this throws so that it stops at once. */
export function print(stream: OutputStream, level: OutputLevel, text: string): void {
  if (isMuted) return
  const fits = fittingUnits(text, leftBytes)
  const shown = fits < text.length ? stringSlice(text, 0, fits) : text
  for (let at = 0; at < shown.length || at === 0; at += maxPrintUnits) {
    const more = at + maxPrintUnits < shown.length ? ',"more":true' : ''
    emit(`{"type":"print","stream":"${stream}","level":"${level}","text":${jsonStringify(stringSlice(shown, at, at + maxPrintUnits))}${more}}`, true)
  }
  if (fits === text.length) return
  const message = `The cell printed more than ${limitBytes} bytes; print less, or return it as the cell's value`
  emit(`{"type":"overflow","message":${jsonStringify(message)}}`, true)
  throw createError({ code: 'OUTPUT', message })
}

/** How many units of the text take at most the bytes that are left; takes them off. A line's end counts as one. */
function fittingUnits(text: string, bytes: number): number {
  let left = bytes - 1
  let at = 0
  for (; at < text.length && left > 0; at++) {
    const code = stringCodeAt(text, at)
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code <= 0xdfff ? 2 : 3
  }
  leftBytes = left < 0 ? 0 : left
  return left < 0 ? 0 : at
}
