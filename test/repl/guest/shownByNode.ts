/** A program in; what node shows of its value out. For comparing the guest with node. */
import { inspect } from 'node:util'
import { runInThisContext } from 'node:vm'

/** A program whose value is what a function gives, or how it throws: class, name and message. */
export function tried(body: string): string {
  return `(() => { try { return (() => { ${body} })() } catch (e) { return ['thrown', e instanceof Error, e.name, e.message] } })()`
}

export function shownByNode(program: string): string {
  return inspect(runInThisContext(program), { depth: 4 })
}
