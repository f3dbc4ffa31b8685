/** Words of a command line in; what the command prints, and its exit code, out. */
import { UsageError } from './arguments.ts'
import { exitCodeOf, failureOutcome } from './outcome.ts'
import { createProgram } from './program.ts'
import { reportFailure } from './report.ts'
import { Terminal } from './terminal.ts'

/** Runs one command of this process and ends the process with its exit code. */
export async function main(words: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process
  const terminal = new Terminal({ stdout, stderr, env })
  const json = words.includes('--json')
  let code: number
  try {
    code = await createProgram({ terminal, stdin, env })(words)
  } catch (thrown) {
    code = exitCodeOf(thrown)
    if (json) terminal.write(`${JSON.stringify(failureOutcome(thrown, { session: null, durationMs: performance.now() }))}\n`)
    reportFailure(thrown, { terminal, json })
    if (thrown instanceof UsageError && !json) terminal.complain('`replm --help` lists the commands, `replm COMMAND --help` the options of one.\n')
  }
  await Promise.all([flushed(stdout), flushed(stderr)])
  // Sockets kept alive for the next question must not keep the process.
  process.exit(code)
}

/** A stream whose reader is gone calls back with an error: nothing more can be done for it. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
}
