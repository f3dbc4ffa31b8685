import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAlive, thisOwner } from '../../../src/host/journal/owner.ts'

const us = thisOwner()
const [machine = '', boot = '', space = ''] = us.place.split(' ')
/** A lease that has ended, and one that has not. */
const ended = { untilMs: 1_000, nowMs: 1_001 }
const running = { untilMs: 1_000, nowMs: 999 }
const hasProc = existsSync('/proc/self/stat')

test('this process lives, however old its lease', () => {
  expect(us.pid).toBe(process.pid)
  expect(isAlive(us, ended)).toBe(true)
})

test('a process that has ended is dead at once', async () => {
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })
  const { pid = 0 } = child
  await once(child, 'exit')
  expect(isAlive({ ...us, pid, started: us.started === null ? null : '1' }, running)).toBe(false)
})

test.skipIf(!hasProc)('another process with the same id is not the owner', () => {
  expect(isAlive({ ...us, started: `${Number(us.started) - 1}` }, running)).toBe(false)
})

test('where a process does not tell its start, its lease counts as well, but not for this very process', () => {
  const { ppid } = process
  expect(isAlive({ ...us, pid: ppid, started: null }, running)).toBe(true)
  expect(isAlive({ ...us, pid: ppid, started: null }, ended)).toBe(false)
  expect(isAlive({ ...us, started: null }, ended)).toBe(true)
})

test('an owner on another machine or in another container lives as long as its lease', () => {
  const elsewhere = [
    { ...us, place: `another ${boot} ${space}`, host: 'far' },
    { ...us, place: 'another other pid:[1]', host: us.host },
    { ...us, place: `${machine} ${boot} pid:[1]` },
    { ...us, place: '' },
  ]
  for (const owner of elsewhere) {
    expect(isAlive(owner, running)).toBe(true)
    expect(isAlive(owner, ended)).toBe(false)
  }
})

test.skipIf(!hasProc || machine === '')('an owner from before this machine was started anew is dead at once', () => {
  expect(isAlive({ ...us, place: `${machine} earlier ${space}` }, running)).toBe(false)
  expect(isAlive({ ...us, place: `${machine} earlier ${space}`, host: 'another' }, running)).toBe(true)
})
