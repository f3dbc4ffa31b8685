/** Events of a session in; one line on how far it is, and one on what it cost, out. */
import type { SessionEvent, Usage } from '../types.ts'

export class Progress {
  #sent = 0
  #done = 0
  #failed = 0
  #retries = 0
  #tokens = 0
  #usd = 0
  #unpriced = 0
  #startedMs: number | undefined
  /** What is left of each batch under way, by its call. */
  readonly #batches = new Map<number, number>()
  #fraction: number | undefined
  #step = ''

  /** Takes an event that happened at `nowMs`, any clock that does not go back. */
  observe(event: SessionEvent, nowMs: number): void {
    switch (event.type) {
      case 'query.sent':
        this.#startedMs ??= nowMs
        this.#sent += 1
        return
      case 'query.answered':
        this.#done += 1
        this.#retries += Math.max(0, event.attempts - 1)
        this.#tokens += event.usage.inputTokens + event.usage.outputTokens
        if (event.usage.usd === null) this.#unpriced += 1
        else this.#usd += event.usage.usd
        return
      case 'query.failed':
        this.#done += 1
        this.#failed += 1
        return
      case 'batch.progressed':
        if (event.done === event.total) this.#batches.delete(event.call)
        else this.#batches.set(event.call, event.total - event.done)
        return
      case 'job.progressed':
        this.#startedMs ??= nowMs
        this.#fraction = event.fraction
        this.#step = event.step ?? ''
        return
      default:
    }
  }

  /** '' while there is nothing to tell. `step` is a guest's text: show it through the terminal's own function. Words are left out where there are few columns. */
  line(nowMs: number, columns = Infinity): { readonly text: string; readonly step: string } {
    if (this.#startedMs === undefined) return { text: '', step: '' }
    let waiting = 0
    for (const left of this.#batches.values()) waiting += left
    const total = this.#done + Math.max(waiting, this.#sent - this.#done)
    const fraction = this.#fraction ?? (total === 0 ? 0 : this.#done / total)
    const parts = [
      ...(this.#fraction === undefined ? [] : [`${Math.floor(this.#fraction * 100)} %`]),
      ...(total === 0 ? [] : [`${grouped(this.#done)}/${grouped(total)}`]),
      ...(this.#failed === 0 ? [] : [`${grouped(this.#failed)} failed`]),
      ...(fraction > 0 && fraction < 1 ? [`${duration(((nowMs - this.#startedMs) * (1 - fraction)) / fraction)} left`] : []),
      ...(this.#tokens === 0 ? [] : [`${grouped(this.#tokens)} tokens`]),
      ...(this.#done === this.#failed ? [] : [cost(this.#usd, this.#unpriced)]),
      ...(this.#retries === 0 ? [] : [`${grouped(this.#retries)} ${this.#retries === 1 ? 'retry' : 'retries'}`]),
    ]
    const text = parts.join(' · ')
    return { text: text.length < columns ? text : parts.join(' ').replaceAll(',', '').replace(' left', '').replace('tokens', 'tok'), step: this.#step }
  }
}

/** What a run cost, in one line; '' for a run that asked nothing. `failed` are those of its questions that have no answer. */
export function costLine(usage: Usage, durationMs: number, failed = 0): string {
  if (usage.queries === 0) return ''
  const tokens = usage.inputTokens + usage.outputTokens
  const asked = `${grouped(usage.queries)} ${usage.queries === 1 ? 'question' : 'questions'}`
  const questions = failed === 0 ? asked : `${grouped(Math.max(0, usage.queries - failed))} of ${asked} answered`
  return [questions, `${grouped(tokens)} tokens`, usage.usd === null ? cost(0, 1) : cost(usage.usd, 0), duration(durationMs)].join(' · ')
}

function cost(usd: number, unpriced: number): string {
  if (unpriced > 0) return usd === 0 ? 'price unknown' : `over ${dollars(usd)}`
  return dollars(usd)
}

/** Two places, and for less than a dollar as many as show what a question costs. */
function dollars(usd: number): string {
  return `$${usd >= 1 || usd === 0 ? usd.toFixed(2) : usd.toFixed(4)}`
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** 0.4 s, 12 s, 3:05, 2:00:09. */
function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = `${Math.floor(seconds / 60) % 60}:${two(seconds % 60)}`
  return seconds < 3600 ? clock : `${Math.floor(seconds / 3600)}:${clock.padStart(5, '0')}`
}
