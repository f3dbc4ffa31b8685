/** The command `jobs` in; its words, and what each of them runs, put on it. */
import type { Command } from 'commander'
import type { JobStatus } from '../../types.ts'
import { anyWholeNumber, UsageError, waitingTime, wholeBound, wholeNumber } from '../arguments.ts'
import type { Stage } from '../stage.ts'

/** What `program.ts` shares with the commands it does not hold itself. */
export interface JobsProgramOptions {
  readonly stage: Stage
  /** Puts on what every command takes. */
  readonly common: (command: Command) => Command
  /** Puts on what a program takes that runs elsewhere: who answers, its `args`, what it may cost. */
  readonly programOptions: (command: Command) => Command
  /** Puts on what runs programs of others takes: who answers, and which way questions go. */
  readonly workerOptions: (command: Command) => Command
  /** The options of a command and of those above it. */
  readonly optionsOf: <T extends object>(command: Command) => T
  /** Takes the exit code. */
  readonly ended: (code: number) => void
}

const jobStatuses = ['pending', 'queued', 'running', 'awaiting_input', 'completed', 'failed', 'canceled'] as const satisfies readonly JobStatus[]

/** All commands it has made. */
export function addJobs(jobs: Command, { stage, common, programOptions, workerOptions, optionsOf, ended }: JobsProgramOptions): readonly Command[] {
  const command = (name: string, description: string): Command => common(jobs.command(name).description(description))

  common(jobs.argument('[command]', '', 'list')).action(async (word: string, _: unknown, self: Command) => {
    if (word !== 'list') throw new UsageError(`There is no \`replm jobs ${word}\`: it has submit, list, status, wait, events, cancel, input and worker`)
    ended(await (await import('./list.ts')).listJobs(optionsOf(self), stage))
  })

  const submit = command('submit', 'run a script in the background: prints the id of its job').argument('[script]', 'a JavaScript or TypeScript file; - is standard input')
  submit.option('-c, --context <glob...>', 'files, folders and globs to load as context; - is standard input')
  submit.option('--query <prompt>', 'ask one question instead').option('--batch <file>', 'ask the questions of a file instead, a line of {"custom_id", "prompt"} each; - is standard input')
  submit.addOption(submit.createOption('--priority <n>', 'higher goes first').argParser(anyWholeNumber('--priority')))
  submit.option('--idempotency-key <key>', 'the same key gives the same job, however often it is submitted')
  submit.addOption(submit.createOption('--deadline <time>', 'it fails when it is not done after so long, such as 12h').argParser(waitingTime('--deadline')))
  submit.addOption(submit.createOption('--ttl <time>', 'how long it is kept when it is over, such as 30d').argParser(waitingTime('--ttl')))
  submit.addOption(submit.createOption('--max-attempts <n>', 'how often it is begun at the most, where its worker died').argParser(wholeNumber('--max-attempts')))
  programOptions(submit).action(async (script: string | undefined, _: unknown, self: Command) => {
    ended(await (await import('./submit.ts')).submitJob(script, optionsOf(self), stage))
  })

  const list = command('list', 'all jobs, the newest first')
  list.addOption(list.createOption('--status <status...>', 'only those that are').choices([...jobStatuses]))
  list.addOption(list.createOption('--limit <n>', 'how many').argParser(wholeNumber('--limit'))).option('--cursor <cursor>', 'go on where a list before it ended')
  list.action(async (_: unknown, self: Command) => {
    ended(await (await import('./list.ts')).listJobs(optionsOf<{ readonly status?: readonly JobStatus[] }>(self), stage))
  })

  command('status', 'where a job stands').argument('<id>').action(async (id: string, _: unknown, self: Command) => {
    ended(await (await import('./status.ts')).showJob(id, optionsOf(self), stage))
  })

  const wait = command('wait', 'wait for a job and print its result').argument('<id>')
  wait.addOption(wait.createOption('--timeout <time>', 'no longer than that, such as 30s or 5m').argParser(waitingTime('--timeout')))
  wait.action(async (id: string, _: unknown, self: Command) => {
    ended(await (await import('./wait.ts')).waitForJob(id, optionsOf(self), stage))
  })

  const events = command('events', 'what has happened to a job').argument('<id>').option('-f, --follow', 'and what happens, until it is over')
  events.addOption(events.createOption('--after <seq>', 'only what came after the event of this number').argParser(wholeBound('--after')))
  events.action(async (id: string, _: unknown, self: Command) => {
    ended(await (await import('./events.ts')).showEvents(id, optionsOf(self), stage))
  })

  command('cancel', 'end a job').argument('<id>').action(async (id: string, _: unknown, self: Command) => {
    ended(await (await import('./cancel.ts')).cancelJob(id, optionsOf(self), stage))
  })

  const input = command('input', 'answer what a job asks; at a terminal without --action it shows what that is').argument('<id>')
  input.option('--action <name>', 'one of those it offers').option('--data <json>', 'what it asked about, edited')
  input.action(async (id: string, _: unknown, self: Command) => {
    ended(await (await import('./input.ts')).answerJob(id, optionsOf(self), stage))
  })

  const worker = workerOptions(command('worker', 'do the jobs of the store, until it is stopped'))
  worker.addOption(worker.createOption('--concurrency <n>', 'most scripts at once: 4 unless named; questions and batches take no place').argParser(wholeNumber('--concurrency')))
  worker.action(async (_: unknown, self: Command) => {
    ended(await (await import('./worker.ts')).workOnJobs(optionsOf(self), stage))
  })

  return jobs.commands
}
