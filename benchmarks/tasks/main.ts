/** A task's name in; its text in a folder, and on stdout the question, the answer and a command that comes to it, out: `node benchmarks/tasks/main.ts NAME [--tokens N] [--seed N] [--chars N] --out DIR`. */
import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { tasks, type TaskName } from './tasks.ts'
import { writeTask } from './writeTask.ts'

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { tokens: { type: 'string', default: '8192' }, seed: { type: 'string', default: '1' }, chars: { type: 'string', default: '4000' }, out: { type: 'string' } },
  })
  const [name = '', ...rest] = positionals
  if (!isTask(name) || rest.length > 0) throw new TypeError(`Expected one of ${Object.keys(tasks).join(', ')}, got ${positionals.join(' ') || 'nothing'}`)
  if (values.out === undefined) throw new TypeError('Expected `--out` to name a folder for the text, got nothing')
  mkdirSync(values.out, { recursive: true })
  const { tokens, seed, chars } = values
  const { task, paths, bytes } = writeTask(name, { tokens: Number(tokens), seed: Number(seed), chars: Number(chars), folder: values.out })
  const { templates, merge, answer } = task
  const args = [`ask=${templates.map(({ ask }) => ask).join('\n')}`, `merge=${merge}`, `chars=${chars}`]
  process.stdout.write(
    `${paths.length === 1 ? paths[0] : `${paths.length} files in ${values.out}`}, ${bytes} bytes\n${task.steps.map(({ ask }) => ask).join('\n')}\n${JSON.stringify(answer)}\n\n`,
  )
  process.stdout.write(`npx replm run benchmarks/tasks/programs/map-reduce.ts -m sim/oracle -c ${quoted(values.out)} --arg ${args.map(quoted).join(' ')}\n`)
} catch (error) {
  // A wrong command line, a size that cannot be, or a folder that cannot be written.
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}

function isTask(name: string): name is TaskName {
  return Object.hasOwn(tasks, name)
}

/** For a shell of POSIX. */
function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
