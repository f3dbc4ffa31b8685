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
  /** What else there is to say at the moment; '' for nothing. */
  readonly note?: () => string
  /** Hears of every event. */
  readonly observe?: (event: SessionEvent) => void
}

/** Time between two looks at the progress, in milliseconds. */
const refreshMs = 100

/** Shows a run until its events end; the progress line is gone then. */
export async function follow(events: AsyncIterable<SessionEvent>, { terminal, prints, shows, note, observe }: FollowOptions): Promise<void> {
  const progress = new Progress()
  const draw = (): void => {
    const { text, step } = progress.line(performance.now(), terminal.columns('stderr'))
    const line = [note?.() ?? '', text, showControls(step).replaceAll(/[\n\t]+/g, ' ')].filter((part) => part !== '').join(' · ')
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
      if (event.type === 'session.rebuilt' && shows) terminal.tell(`${terminal.paint('yellow', describeRebuilt(event), 'stderr')}\n`)
      if (event.type === 'session.diverged' && shows) terminal.tell(`${terminal.paint('yellow', showControls(`${event.cell} went another way than before at ${event.request}; it ran again, with the answers that were bought`), 'stderr')}\n`)
    }
  } finally {
    clearInterval(timer)
    terminal.status('')
  }
}

/** One line: what was brought back, and what was not. */
function describeRebuilt({ cells, answers, lost }: Extract<SessionEvent, { type: 'session.rebuilt' }>): string {
  const brought = `Session rebuilt: ${cells} ${cells === 1 ? 'cell' : 'cells'}, ${answers} ${answers === 1 ? 'answer' : 'answers'} from the journal`
  return lost === null ? brought : `${brought}; not brought back: ${showControls(lost)}`
}
