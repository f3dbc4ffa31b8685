/** What was measured, and what was wanted of it, in; a line for each, with a bar that shows how much of its goal it takes, out. */
import { markOf } from '../completeness.ts'
import type { Result } from '../run.ts'
import { isMet, type Verdict } from '../report.ts'
import { cellsOf } from '../table.ts'
import { escape } from './escape.ts'

/** Where the goal lies in a line, in percent: what is beyond it has the rest. */
const goalAt = 60

export function goalsOf(results: readonly Result[]): string {
  const parts = results.map((result) => {
    const { name, about, report } = result
    const mark = markOf(result)
    const link = about === '' ? 'sandbox' : name
    return report.verdicts.map((verdict, index) => lineOf(verdict, { name: index === 0 ? `<a href="#${escape(link)}">${escape(name)}</a>` : '', mark })).join('\n')
  })
  return `<div class="goals-list"><div class="goal-line head"><span></span><span></span><span class="gauge"><span>the goal</span></span><span></span></div>
${parts.join('\n')}</div>`
}

/** `mark` is what is to be known of the run that it is of, '' for nothing. */
function lineOf(verdict: Verdict, { name, mark }: { readonly name: string; readonly mark: string }): string {
  const [what, figure, goal, word, note] = cellsOf(verdict)
  const met = isMet(verdict)
  const kind = met === null ? 'open' : met ? 'met' : 'missed'
  const said = note === '' ? '' : `<small>${escape(note)}</small>`
  const how = mark === '' ? '' : ` (${escape(mark)})`
  const verdictWord = word === '' ? '' : `, <b class="${kind}">${escape(word.toLowerCase())}</b>`
  const wanted = goal === '' ? (how === '' ? '' : `<small>${how.trim()}</small>`) : `<small>${escape(goal)}${verdictWord}${how}</small>`
  return `<div class="goal-line"><span class="name">${name}</span><span class="what">${escape(what)}${said}</span>${gaugeOf(verdict, kind)}<span class="figure"><b class="${kind}">${escape(figure)}</b>${wanted}</span></div>`
}

function gaugeOf({ figure, atMost }: Verdict, kind: string): string {
  if (atMost === undefined) return '<span class="gauge none"></span>'
  if (figure === null) return '<span class="gauge"></span>'
  // Of a goal of 0 there is either nothing or too much.
  const share = atMost > 0 ? figure / atMost : figure > 0 ? Infinity : 0
  const width = Math.min(100, Math.max(0, share * goalAt))
  return `<span class="gauge ${kind}"><i style="width:${width.toFixed(1)}%"></i></span>`
}
