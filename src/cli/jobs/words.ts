/** Facts of a job in; the words that a person reads of it, safe to show, out. */
import type { Job, ListedJob } from '../../index.ts'
import { showControls } from '../terminal.ts'

/** Of a step in a table, in UTF-16 units. */
const maxStep = 40

/** 45 %, 12/40, what it is at. */
export function progressText({ progress: { fraction, step, done, total }, requestCounts: { errored } }: Pick<ListedJob, 'progress' | 'requestCounts'>, most = maxStep): string {
  const words = step === null ? '' : showControls(step).replaceAll(/\s+/g, ' ')
  return [
    ...(fraction === null ? [] : [`${Math.floor(fraction * 100)} %`]),
    ...(done === null || total === null ? [] : [`${done.toLocaleString('en-US')}/${total.toLocaleString('en-US')}`]),
    ...(errored === 0 ? [] : [`${errored.toLocaleString('en-US')} failed`]),
    ...(words === '' ? [] : [words.length > most ? `${words.slice(0, most - 1)}…` : words]),
  ].join(' · ')
}

/** What is to be said of it besides its progress. */
export function noteOf(job: ListedJob): string {
  if (job.status === 'failed') return job.error.code
  if (job.status === 'awaiting_input') return oneLine(job.inputRequest.title)
  return job.cancelRequestedMs !== null && job.status === 'running' ? 'ending' : ''
}

export function oneLine(text: string, most = 60): string {
  const line = showControls(text).replaceAll(/\s+/g, ' ')
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

/** Whom it waits for, and how they answer. */
export function waitsFor({ id, inputRequest: { title, actions } }: Extract<Job, { status: 'awaiting_input' }>): string {
  return `The job waits for an answer: ${oneLine(title)}. \`replm jobs input ${id}\` shows what it asks at a terminal; \`--action NAME\` answers (${actions.map((action) => oneLine(action)).join(', ')})`
}
