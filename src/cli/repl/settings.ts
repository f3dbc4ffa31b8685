/** `.model`, `.dispatch`, `.budget` and `.cost`: what holds now, or what is to hold from now on. */
import type { BudgetAmounts } from '../../index.ts'
import { dollars, modelName, wholeBound } from '../arguments.ts'
import { showControls } from '../terminal.ts'
import type { Desk } from './desk.ts'

const limits = ['usd', 'queries', 'tokens'] as const

export const editSettings = {
  async model(words: string, desk: Desk): Promise<void> {
    if (words !== '') {
      const name = modelName('.model')(words)
      await desk.session.setModel(name)
      desk.model = name
      return desk.say(`${showControls(name)} answers from now on`)
    }
    desk.say(`${showControls(desk.model)} answers`)
    for (const { name, ready, defaultModel, keyVariable, baseVariable, baseUrl, key, problem } of await desk.replm.providers()) {
      const state = problem ?? (ready ? 'ready' : baseUrl === null ? `needs ${baseVariable}` : key === 'missing' ? `needs ${keyVariable}` : 'not running')
      desk.hint(`  ${name}${defaultModel === null ? '' : `/${showControls(defaultModel)}`} · ${showControls(state)}`)
    }
    desk.hint('.model provider/model takes another')
  },

  dispatch(words: string, desk: Desk): void {
    // The library says what it may be.
    if (words !== '') desk.replm.setDispatch(words as typeof desk.replm.dispatch)
    desk.say(`Questions go ${desk.replm.dispatch === 'async' ? 'async: on the main thread' : desk.replm.dispatch === 'pool' ? 'pool: through threads' : 'auto: on the main thread, or through threads where that serves better'}`)
    if (words === '') desk.hint('.dispatch async, pool or auto takes another way')
  },

  budget(words: string, desk: Desk): void {
    const parts = words.split(/[\s=]+/).filter((word) => word !== '')
    const changed: Partial<Record<(typeof limits)[number], number>> = {}
    for (let at = 0; at < parts.length; at += 2) {
      const [what = '', amount = ''] = parts.slice(at, at + 2)
      const limit = limits.find((one) => one === what.toLowerCase())
      if (limit === undefined || amount === '') return desk.say('.budget usd 2.50, .budget queries 100, .budget tokens 50000; off takes a limit away')
      changed[limit] = amount === 'off' ? Infinity : limit === 'usd' ? dollars('.budget usd')(amount.replace(/^\$/, '')) : wholeBound(`.budget ${limit}`)(amount)
    }
    if (parts.length > 0) desk.replm.setBudget(changed)
    const { limit, remaining } = desk.replm.budget()
    if (limits.every((one) => limit[one] === null)) return desk.say('No limits; .budget usd 2.50, queries 100 or tokens 50000 sets one')
    for (const one of limits) if (limit[one] !== null) desk.say(`${one}: ${amountOf(remaining, one)} left of ${amountOf(limit, one)}`)
  },

  cost(_words: string, desk: Desk): void {
    const { queries, inputTokens, outputTokens, usd, bought, replayed } = desk.session.usage
    const parts = [
      `${queries.toLocaleString('en-US')} ${queries === 1 ? 'question' : 'questions'}`,
      ...(queries === bought ? [] : [`${bought.toLocaleString('en-US')} bought`]),
      ...(replayed === 0 ? [] : [`${replayed.toLocaleString('en-US')} from the journal`]),
      `${inputTokens.toLocaleString('en-US')} tokens in, ${outputTokens.toLocaleString('en-US')} out`,
      usd === null ? 'price unknown' : `$${usd === 0 || usd >= 1 ? usd.toFixed(2) : usd.toFixed(4)}`,
    ]
    desk.say(parts.join(' · '))
    const { limit, remaining } = desk.replm.budget()
    for (const one of limits) if (limit[one] !== null) desk.hint(`${one}: ${amountOf(remaining, one)} left of ${amountOf(limit, one)}`)
  },
}

function amountOf(amounts: BudgetAmounts, of: (typeof limits)[number]): string {
  const amount = amounts[of] ?? Infinity
  return of === 'usd' ? `$${Number(amount.toFixed(4))}` : amount.toLocaleString('en-US')
}
