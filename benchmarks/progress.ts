/** What is being measured in; lines about it, on a terminal one that changes, elsewhere one a minute, out. */
import { shownSeconds } from './durations.ts'

export interface Progress {
  readonly begin: (scenario: { readonly place: string; readonly name: string; readonly expectedSeconds: number | undefined }) => void
  readonly about: (about: string) => void
  readonly step: (step: string) => void
  /** Ends the line; `false` for a scenario that could not be measured, or was ended in the middle. */
  readonly end: (ok: boolean) => void
}

interface Screen {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string) => unknown
}

/** `now` is in milliseconds. */
export function createProgress(screen: Screen, now: () => number = () => performance.now()): Progress {
  const isLive = screen.isTTY === true
  let [name, step, startMs] = ['', '', 0]
  let expected: number | undefined
  let timer: NodeJS.Timeout | undefined
  let drawnMs = -Infinity

  function draw(): void {
    drawnMs = now()
    const seconds = (now() - startMs) / 1_000
    const of = expected === undefined ? '' : ` of about ${shownSeconds(Math.max(expected, seconds))}`
    const line = `  ${shownSeconds(seconds)}${of}${step === '' ? '' : ` · ${step}`}`
    screen.write(isLive ? `\r\x1b[K${line.slice(0, (screen.columns || 80) - 1)}` : `${line}\n`)
  }

  return {
    begin(scenario) {
      ;[name, step, startMs, expected] = [scenario.name, '', now(), scenario.expectedSeconds]
      drawnMs = isLive ? -Infinity : startMs
      screen.write(`${scenario.place} ${name}${expected === undefined ? '' : `, about ${shownSeconds(expected)}`}\n`)
      if (isLive) timer = setInterval(draw, 500)
    },
    about(about) {
      if (about !== '') screen.write(`${isLive ? '\r\x1b[K' : ''}  ${about}\n`)
    },
    step(next) {
      step = next
      // Some take thousands of steps a second.
      if (now() - drawnMs >= (isLive ? 200 : 60_000)) draw()
    },
    end(ok) {
      clearInterval(timer)
      screen.write(`${isLive ? '\r\x1b[K' : ''}  ${ok ? 'took' : 'ended after'} ${shownSeconds((now() - startMs) / 1_000)}\n`)
    },
  }
}
