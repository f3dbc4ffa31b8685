/** Chunks of an event stream in; its events, as each ends, out. */
import { createLines, maxLine } from './lines.ts'
import { tooLarge } from './wholeReply.ts'

export interface StreamEvent {
  /** 'message' where the stream names none. */
  readonly type: string
  readonly data: string
}

export interface EventDecoder {
  /** The events that ended with this chunk. Throws for an event over 16 Mi UTF-16 units. */
  push(chunk: Uint8Array): readonly StreamEvent[]
  /** The event that only the end of the stream ends. */
  end(): readonly StreamEvent[]
  /** Whether what begins with this byte, space aside, is no stream but a whole reply, however it is declared. */
  isWhole(first: number): boolean
}

/** Whether an event's data is the mark that OpenAI's streams end with. */
export function isDone(data: string): boolean {
  return data === '[DONE]' || (data.length < 32 && data.trim() === '[DONE]')
}

/**
 * As https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation has it, with two differences: `id` and `retry`, which
 * serve to connect again, are passed over, and an event at the end that lacks its empty line counts, as servers forget that line.
 */
export function createSseDecoder(): EventDecoder {
  const lines = createLines()
  let type = ''
  // undefined until the event has a line of data
  let data: string | undefined

  function read(line: string): void {
    const colon = line.indexOf(':')
    // A comment: servers send them to keep the connection alive.
    if (colon === 0) return
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
    if (field === 'event') type = value
    else data = data === undefined ? value : `${data}\n${value}`
    if (data !== undefined && data.length > maxLine) throw tooLarge(maxLine)
  }

  /** Without a line of data there is no event. */
  function take(events: StreamEvent[]): StreamEvent[] {
    if (data !== undefined) events.push({ type: type === '' ? 'message' : type, data })
    type = ''
    data = undefined
    return events
  }

  return {
    push(chunk) {
      const events: StreamEvent[] = []
      for (const line of lines.push(chunk)) {
        if (line === '') take(events)
        else read(line)
      }
      return events
    },
    end() {
      read(lines.rest())
      return take([])
    },
    // JSON or HTML: no field of an event begins so.
    isWhole: (first) => first === 0x7b || first === 0x3c,
  }
}

/** Each line is an event, the last one also where no end of line follows. */
export function createNdjsonDecoder(): EventDecoder {
  const lines = createLines()
  const eventsOf = (texts: readonly string[]): readonly StreamEvent[] => texts.filter((text) => text.trim() !== '').map((data) => ({ type: 'message', data }))
  return { push: (chunk) => eventsOf(lines.push(chunk)), end: () => eventsOf([lines.rest()]), isWhole: () => false }
}
