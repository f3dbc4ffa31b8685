/** The sandbox process. Frames from the host in; turns of one guest, and what it said in them, out. */
import './confine.ts'
import { Channel } from './channel.ts'
import { die } from './confine.ts'
import { collectGarbage } from './garbage.ts'
import { Guest } from './guest.ts'
import { frameType } from '../frames.ts'
import type { HostMessage } from '../protocol.ts'

/** What a spare is made with, before it is known whose session it will serve. */
const spareMemoryMb = 256

const channel = new Channel(onFrame, die)
let guest = new Guest({ memoryMb: spareMemoryMb, channel })
sayReady()
channel.flush()

function sayReady(): void {
  channel.emit(JSON.stringify({ type: 'ready' }))
}

/** After this long without a frame, in milliseconds, what is garbage goes back to the system. */
const idleMs = 500
let wasActive = false
let idleTimer: NodeJS.Timeout | undefined

/** One timer for any number of frames: it looks whether there were any since it was set. */
function watchIdle(): void {
  wasActive = false
  idleTimer = setTimeout(() => {
    idleTimer = undefined
    if (wasActive) watchIdle()
    else collectGarbage()
  }, idleMs)
}

watchIdle()

function onFrame(type: number, payload: Buffer): void {
  wasActive = true
  if (idleTimer === undefined) watchIdle()
  if (type === frameType.json) onMessage(JSON.parse(payload.toString('utf8')) as HostMessage)
  else if (type === frameType.entries) deliver(payload.toString('utf8').split('\n'))
  else guest.addContext(payload)
  channel.flush()
}

/** Thousands of entries may take their time: the host hears now and then how far it is. */
const tellMs = 20

function deliver(lines: readonly string[]): void {
  let toldAt = performance.now()
  for (const line of lines) {
    guest.deliver(line)
    if (performance.now() - toldAt < tellMs) continue
    channel.flush()
    toldAt = performance.now()
  }
}

function onMessage(message: HostMessage): void {
  switch (message.type) {
    case 'open':
      if (message.memoryMb !== spareMemoryMb) guest = new Guest({ memoryMb: message.memoryMb, channel })
      guest.open(message)
      sayReady()
      return
    case 'context':
      guest.announceContext(message)
      return
    case 'cell':
      guest.run(message)
      return
    case 'docs':
      guest.addDocs(message)
      return
    case 'inspect':
      guest.inspect(message)
      return
    case 'end':
      guest.end(message)
  }
}
