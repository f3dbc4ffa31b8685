/** The real clock in; its readings, each told to the host before anything that may depend on it, or given again from what was told, out. */
import { type ClockKind, setClockSource } from './clock.ts'
import { beforeMessages, emitBare } from './host.ts'
import { createList, max, round } from './primordials.ts'

/** Readings are told in runs: the kind's number, the value, and how often it was read in a row. */
type Runs = readonly number[]

/** Runs told at once at the latest: a loop that reads the clock all the time gives one in 0.1 ms. */
const maxUntold = 1_000

let realNow: (kind: ClockKind) => number = () => 0

let untold = ''
let untoldRuns = 0
let lastKind = -1
let lastValue = 0
let lastCount = 0

/** What is read again, and how far it is. */
let given = createList<Runs>()
let givenList = 0
let givenAt = 0
let givenUsed = 0

/** What a replay has read last: the time goes on from there. */
let wallFloor = 0
let monotonicFloor = 0
let monotonicShift = 0

/** Puts the recording in the clock's place. */
export function installRecordedClock(): void {
  realNow = setClockSource(read)
  beforeMessages(tell)
}

/** Readings to give again, in their order; null ends the replay, also of what was not read. */
export function giveClock(runs: Runs | null): void {
  if (runs !== null) {
    given[given.length] = runs
    return
  }
  given = createList<Runs>()
  givenList = givenAt = givenUsed = 0
}

function read(kind: ClockKind): number {
  const known = readGiven(kind === 'wall' ? 0 : 1)
  if (known !== undefined) return known
  const value = kind === 'wall' ? max(wallFloor, realNow(kind)) : goOn(realNow(kind))
  record(kind === 'wall' ? 0 : 1, value)
  return value
}

/** Another process counts from another start: what it counts is moved so that time goes on where the replay has left it. In the clock's own steps, as sums of tenths leave a rest. */
function goOn(real: number): number {
  if (real + monotonicShift < monotonicFloor) monotonicShift = monotonicFloor - real
  return monotonicShift === 0 ? real : round((real + monotonicShift) * 10) / 10
}

function readGiven(kind: number): number | undefined {
  const runs = given[givenList]
  if (runs === undefined || runs[givenAt] !== kind) return undefined
  const value = runs[givenAt + 1] as number // runs come in threes
  givenUsed += 1
  if (givenUsed >= (runs[givenAt + 2] as number)) {
    givenUsed = 0
    givenAt += 3
    if (givenAt >= runs.length) {
      givenList += 1
      givenAt = 0
    }
  }
  if (kind === 0) wallFloor = value
  else monotonicFloor = value
  return value
}

function record(kind: number, value: number): void {
  if (kind === lastKind && value === lastValue) {
    lastCount += 1
    return
  }
  close()
  lastKind = kind
  lastValue = value
  lastCount = 1
  if (untoldRuns >= maxUntold) tell()
}

function close(): void {
  if (lastKind === -1) return
  untold += `${untold === '' ? '' : ','}${lastKind},${lastValue},${lastCount}`
  untoldRuns += 1
  lastKind = -1
}

function tell(): void {
  if (lastKind === -1 && untold === '') return
  close()
  const runs = untold
  untold = ''
  untoldRuns = 0
  emitBare(`{"type":"clock","runs":[${runs}]}`, false)
}
