/** A session whose script was cut off in; the script goes on, and its result comes out. */
import { ReplmError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { performRun } from '../performRun.ts'
import { changed } from '../run.ts'
import { budgetOptions, type ModelOptions, type Stage } from '../stage.ts'
import { showControls } from '../terminal.ts'
import { idOf } from './find.ts'
import { scriptCell } from './script.ts'

export interface ResumeOptions extends ModelOptions {
  readonly acceptChanges?: true
}

/** `replm sessions resume ID`. */
export async function resumeSession(word: string, options: ResumeOptions, stage: Stage): Promise<number> {
  return performRun(options, stage, async ({ replm, inSession, ofSource, person }) => {
    const id = await idOf(replm, word)
    const budget = budgetOptions(options)
    const session = await replm.openSession({ id, ...(Object.keys(budget).length === 0 ? {} : { budget }), ...(options.acceptChanges === undefined ? {} : { acceptChanges: true }) })
    inSession(session, ['replm', 'sessions', 'resume', id])
    const { cutOff } = session
    if (cutOff === undefined || cutOff.cell !== scriptCell) throw nothingToResume(session)
    ofSource({ name: cutOff.name, text: cutOff.text })
    const documents = session.changes.filter(({ of }) => of === 'documents').map(({ text }) => text)
    if (documents.length > 0) throw changed(session, documents)
    const [other] = session.changes
    if (other !== undefined) throw new ReplmError('CHANGED', `The session ${session.name ?? id} cannot go on: ${other.text}. Leave that as it was`)
    return session.resume(person)
  })
}

function nothingToResume({ id, name, cells, cutOff }: Session): ReplmError {
  const called = showControls(name ?? id)
  const last = cells.at(-1)
  if (cutOff !== undefined || (last !== undefined && last.cell !== scriptCell)) return new ReplmError('CONFIG', `The session ${called} is one of the prompt: start \`replm\`, and \`.resume ${called}\` goes on there`)
  if (last === undefined) return new ReplmError('CONFIG', `The session ${called} has run nothing yet: \`replm run SCRIPT --session ${called}\` runs a script in it`)
  return new ReplmError('CONFIG', `Nothing of the session ${called} was cut off: its last run has ended. \`replm run ${showControls(last.name)} --session ${called}\` runs it again and buys only what is new`)
}
