/** What claims to name a model, or several, in; the same name, or its parts, out. */
import { expected } from './check.ts'

/** A provider's name: what stands before the first slash of a model, so it has none itself. */
export const providerName = /^[^\s/*]+$/

/** The two parts of `provider/model`; the model may hold slashes of its own. Throws TypeError or RangeError. */
export function parseModel(value: unknown, name = 'model'): { readonly provider: string; readonly model: string } {
  const checked = modelName(value, name)
  const slash = checked.indexOf('/')
  return { provider: checked.slice(0, slash), model: checked.slice(slash + 1) }
}

export function modelName(value: unknown, name: string): string {
  const what = '`provider/model`, such as \'openai/gpt-5-mini\''
  if (typeof value !== 'string') throw expected(name, what, value, false)
  const slash = value.indexOf('/')
  if (slash === -1 || !providerName.test(value.slice(0, slash)) || value.slice(slash + 1).trim() === '') throw expected(name, what, value, true)
  return value
}

export function modelPattern(value: unknown, name: string): string {
  if (typeof value === 'string' && value.endsWith('/*') && providerName.test(value.slice(0, -2))) return value
  return modelName(value, name)
}

/** The provider is named, its model may be a pattern. */
export function slowModel(value: unknown, name: string): string {
  if (typeof value !== 'string') return modelName(value, name)
  const slash = value.indexOf('/')
  const hasPattern = value.slice(slash + 1).trim() !== '' && providerName.test(value.slice(0, Math.max(0, slash)))
  return hasPattern ? value : modelName(value, name)
}
