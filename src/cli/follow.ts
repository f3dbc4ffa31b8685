/** The events of a run in; the program's prints and a line of progress, as they happen, out. */
import type { SessionEvent } from '../types.ts'
import { Progress } from './progress.ts'
import { showControls, type Terminal } from './terminal.ts'

export interface FollowOptions {
  readonly terminal: Terminal
  /** Whether the program's own prints are shown. */
  readonly prints: boolean | ((text: string, stream: 'stdout' | 'stderr') => void)
  /** Whether progress is shown (on a terminal). */
  readonly shows: boolean
  /** Whether a loss of what earlier cells had defined is told. @default true */
  readonly tellsLoss?: boolean
  /** Hears of every event. */
  readonly observe?: (event: SessionEvent) => void
}

/** Time between two looks at the progress, in milliseconds. */
const refreshMs = 100

/** Shows a run until its events end; the progress line is gone then. */
export async function follow(events: AsyncIterable<SessionEvent>, { terminal, prints, shows, tellsLoss = true, observe }: FollowOptions): Promise<void> {
  const progress = new Progress()
  const draw = (): void => {
    const { text, step } = progress.line(performance.now(), terminal.columns('stderr'))
    const line = [text, showControls(step).replaceAll(/[\n\t]+/g, ' ')].filter((part) => part !== '').join(' · ')
    terminal.status(line)
  }
  const timer = shows && terminal.isTerminal('stderr') ? setInterval(draw, refreshMs) : undefined
  try {
    for await (const event of events) {
      progress.observe(event, performance.now())
      observe?.(event)
      if (event.type === 'console.printed') {
        if (typeof prints === 'function') prints(event.text, event.stream)
        else if (prints) terminal.print(`${event.text}\n`, event.stream)
      }
      if (event.type === 'session.reset' && tellsLoss) terminal.tell(`${terminal.paint('yellow', 'What earlier cells had defined is gone', 'stderr')}: ${showControls(event.message)}\n`)
    }
  } finally {
    clearInterval(timer)
    terminal.status('')
  }
}
