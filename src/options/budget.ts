/** Upper bounds of spending in, as far as they are named; all of them, checked, out. */
import type { BudgetLimits } from '../types.ts'
import { checkNames, given } from './check.ts'
import { numberFrom, wholeOrInfinity } from './number.ts'

export const budgetDefaults: BudgetLimits = Object.freeze({ usd: Infinity, queries: Infinity, tokens: Infinity })

/** Checks upper bounds of spending and fills in {@link budgetDefaults}. Throws TypeError or RangeError. */
export function resolveBudget(budget: Partial<BudgetLimits> = {}): BudgetLimits {
  checkNames('budget', budget, Object.keys(budgetDefaults))
  return Object.freeze({
    usd: given(budget.usd, 'budget.usd', numberFrom(0, 'Infinity for no limit')) ?? budgetDefaults.usd,
    queries: given(budget.queries, 'budget.queries', wholeOrInfinity) ?? budgetDefaults.queries,
    tokens: given(budget.tokens, 'budget.tokens', wholeOrInfinity) ?? budgetDefaults.tokens,
  })
}
