/** A prompt in; the right answer to its question, as far as the prompt itself says it, out, or a wrong one as often as it is told to. Knows nothing but the prompt. */
import { ReplmError } from '../../../errors.ts'
import type { ProviderQuery } from '../../../types.ts'
import { drawError, type Conditions } from './conditions.ts'
import { formsInWords, parseForm, type Form } from './forms.ts'
import { fitSchema, makeWrong, textOf } from './said.ts'

export function answerByOracle(query: ProviderQuery, conditions: Conditions): string {
  const { form, text } = findForm(query)
  const right = form.read(text)
  const bytes = drawError(conditions, query.prompt)
  const said = bytes === undefined ? right : makeWrong(right, bytes)
  return query.schema === undefined ? textOf(said) : JSON.stringify(fitSchema(said, query.schema))
}

/** Where questions stand: first in the prompt, last in it, near one of its ends behind the word `Question:`, else in the system text. The rest is the text that is read. */
function findForm({ prompt, system = '' }: ProviderQuery): { readonly form: Form; readonly text: string } {
  const body = prompt.trim()
  const head = body.slice(0, edge)
  const tail = body.slice(Math.max(edge, body.length - edge))
  const marked = [...`${head}\n${tail}`.matchAll(/^\s*question:.*$/gim)].map(([line]) => line.trim())
  for (const line of [firstLine(head), tail.slice(tail.lastIndexOf('\n') + 1), head.slice(head.lastIndexOf('\n') + 1), ...marked]) {
    const form = parseForm(withoutMark(line))
    if (form !== undefined) return { form, text: without(body, line) }
  }
  const form = parseForm(withoutMark(firstLine(system.trim().slice(0, edge))))
  if (form !== undefined) return { form, text: body }
  throw new ReplmError(
    'REFUSED',
    `sim/oracle does not understand ${JSON.stringify(firstLine(head).slice(0, 100))}. It answers, on a line of its own: ${formsInWords.join(' ')}`,
  )
}

/** How far from the ends of a prompt its question is looked for, in UTF-16 units. */
const edge = 3_000

function firstLine(text: string): string {
  const feed = text.indexOf('\n')
  return feed === -1 ? text : text.slice(0, feed)
}

function withoutMark(line: string): string {
  return line.replace(/^\s*question:/i, '').trim()
}

/** The line stands at the one end of the prompt, or else near it. */
function without(body: string, line: string): string {
  const at = body.startsWith(line) ? 0 : body.lastIndexOf(line)
  return `${body.slice(0, at)}${body.slice(at + line.length)}`
}
