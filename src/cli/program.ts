/** The words of a command line in; the command they name, run, and its exit code out. The only importer of commander, but for its types. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { addGrep } from './grep/program.ts'
import { addJobs } from './jobs/program.ts'
import { dollars, keyValue, modelName, oneMore, portNumber, timeSpan, UsageError, wholeBound, wholeNumber } from './arguments.ts'
import type { EncodingName } from '../types.ts'
import type { CommonOptions, ModelOptions, Stage } from './stage.ts'

const encodingNames = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const satisfies readonly EncodingName[]

/** A function that runs one command line. Rejects with UsageError for a wrong one; help and version are commands like others. */
export function createProgram(stage: Stage): (words: readonly string[]) => Promise<number> {
  return async (words) => {
    let code = 0
    const program = new Command('replm')
      .description('A sandboxed JavaScript/TypeScript REPL for programs that ask language models many questions.')
      .version(readVersion(), '-V, --version')
      .argument('[files...]', 'files, folders and globs to load as context; - is standard input')
      .usage('[options] [files...]\n       replm COMMAND --help')
      .enablePositionalOptions()
      .showSuggestionAfterError()
      .addHelpText('after', '\nWith no command: an interactive session with the files loaded as context.')
    program.option('--no-history', 'keep nothing of what is typed for later sessions')
    common(readingOptions(modelOptions(program))).action(async (files: string[], options: ModelOptions) => {
      code = await (await import('./interactive.ts')).interact(files, options, stage)
    })

    const run = program.command('run').description('run a script and print its result').argument('<script>', 'a JavaScript or TypeScript file; - is standard input')
    run.addOption(new Option('-c, --context <glob...>', 'files, folders and globs to load as context; - is standard input'))
    run.option('--quiet', 'no progress and no cost')
    run.option('--trace <file>', 'a file to write a line of JSON into for everything that happens; no prompts, no answers')
    run.option('--session <name>', 'go on in the session of this name or id, or make it: only what is new is bought')
    run.option('--fresh', 'forget what the session has bought').option('--accept-changes', 'go on although a document has changed since the session was cut off')
    common(readingOptions(modelOptions(run))).action(async (script: string, _: unknown, command: Command) => {
      code = await (await import('./run.ts')).runScript(script, withProgramOptions(command), stage)
    })

    const sessions = program.command('sessions').description('the sessions that are kept: list, show, resume, export, rm').argument('[command]', '', 'list').addHelpText('after', '\nA session is named by its name, its id, or the beginning of its id.')
    common(sessions).action(async (word: string, _: unknown, command: Command) => {
      if (word !== 'list') throw new UsageError(`There is no \`replm sessions ${word}\`: it has list, show, resume, export and rm`)
      code = await (await import('./sessions/list.ts')).listSessions(withProgramOptions(command), stage)
    })
    common(sessions.command('list').description('all sessions, the one used last first')).action(async (_: unknown, command: Command) => {
      code = await (await import('./sessions/list.ts')).listSessions(withProgramOptions(command), stage)
    })
    common(sessions.command('show').description('what a session has run, and what it has cost').argument('<id>')).action(async (id: string, _: unknown, command: Command) => {
      code = await (await import('./sessions/show.ts')).showSession(id, withProgramOptions(command), stage)
    })
    const resume = sessions.command('resume').description('go on with a script that was cut off, and buy only what is new').argument('<id>')
    resume.option('--quiet', 'no progress and no cost').option('--accept-changes', 'go on although a document has changed since')
    common(sendingOptions(resume)).action(async (id: string, _: unknown, command: Command) => {
      code = await (await import('./sessions/resume.ts')).resumeSession(id, withProgramOptions(command), stage)
    })
    common(sessions.command('export').description('all that is kept of a session, a line of JSON for each').argument('<id>').option('--out <file>', 'the file to write it into')).action(
      async (id: string, _: unknown, command: Command) => {
        code = await (await import('./sessions/export.ts')).exportSession(id, withProgramOptions(command), stage)
      },
    )
    const remove = sessions.command('rm').description('remove sessions with all that they hold').argument('[ids...]')
    remove.addOption(new Option('--older-than <time>', 'all that nobody has used for so long, such as 30d').argParser(timeSpan('--older-than')))
    common(remove).action(async (ids: string[], _: unknown, command: Command) => {
      code = await (await import('./sessions/remove.ts')).removeSessions(ids, withProgramOptions(command), stage)
    })

    const grep = program.command('grep').description('print the lines of files that match a pattern')
    common(readingOptions(addGrep(grep))).action(async (pattern: string | undefined, files: string[], _: unknown, command: Command) => {
      code = await (await import('./grep/grepFiles.ts')).grepFiles([...(pattern === undefined ? [] : [pattern]), ...files], withProgramOptions(command), stage)
    })

    common(program.command('models').description('list the providers found and their models')).action(async (_: unknown, command: Command) => {
      code = await (await import('./models.ts')).listModels(withProgramOptions(command), stage)
    })
    common(program.command('doctor').description('check Node, the sandbox, the providers and the store')).action(async (_: unknown, command: Command) => {
      code = await (await import('./doctor.ts')).examine(withProgramOptions(command), stage)
    })
    const bench = program.command('bench').description('run the benchmarks (in a clone of replm)').argument('[names...]').option('--out <dir>', 'folder for the figures')
    bench.option('--quick', 'a look: fewer rounds, smaller batches').option('--full', 'the whole matrix')
    // Help cannot wait for what is loaded when it is asked for; whoever asks for other commands does not load it.
    const { listBenchmarks } = words.includes('bench') ? await import('./bench.ts') : { listBenchmarks: undefined }
    bench.addHelpText('after', () => (listBenchmarks === undefined ? '' : `\n${listBenchmarks()}`))
    // As every command, it takes --store; nothing is kept there.
    bench.addOption(new Option('--store <file>').hideHelp()).option('--json', 'print one JSON object')
    bench.action(async (names: string[], _: unknown, command: Command) => {
      code = await (await import('./bench.ts')).runBenchmarks(names, withProgramOptions(command))
    })
    const server = program.command('serve').description('serve the HTTP API and its page, to this machine').option('--host <host>', 'where to listen (127.0.0.1)')
    server.addOption(new Option('--port <n>', 'the port (8421, or any that is free); 0 takes any').argParser(portNumber('--port')))
    server.addOption(new Option('--root <folder...>', 'a folder whose files callers may name as documents').argParser(oneMore))
    server.addOption(new Option('--allow-host <name...>', 'a name besides this machine\'s own that it may be asked for under').argParser(oneMore))
    server.addOption(new Option('--jobs <n>', 'most jobs at work at once (16)').argParser(wholeNumber('--jobs')))
    server.addOption(new Option('--idle-ms <ms>', 'how long a session without a cell stays awake (60000)').argParser(wholeNumber('--idle-ms')))
    server.addOption(new Option('--max-awake <n>', 'most sessions awake at once (32)').argParser(wholeNumber('--max-awake')))
    server.addOption(new Option('--max-body-mb <n>', 'largest body of a request, in MiB (32)').argParser(wholeNumber('--max-body-mb')))
    common(sendingOptions(answeringOptions(server))).action(async (_: unknown, command: Command) => {
      code = await (await import('./serve.ts')).serve(withProgramOptions(command), stage)
    })
    const jobs = program.command('jobs').description('work in the background: submit, list, status, wait, events, cancel, input, worker').addHelpText('after', '\nA job is named by its id, or the beginning of it.')
    const jobCommands = addJobs(jobs, {
      stage, common, optionsOf: withProgramOptions, ended: (ended) => (code = ended),
      programOptions: (command) => readingOptions(budgetFlags(programOptions(command))),
      workerOptions: (command) => pathOptions(answeringOptions(command)),
    })
    for (const command of [program, ...program.commands, ...sessions.commands, ...jobCommands]) {
      command.exitOverride()
      // Errors are thrown and reported in one place; help goes to standard output, as asked for.
      command.configureOutput({ writeOut: (text) => stage.terminal.write(text), writeErr: () => undefined, outputError: () => undefined })
    }
    try {
      await program.parseAsync([...words], { from: 'user' })
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      if (error.exitCode === 0) return 0
      throw new UsageError(sentence(error.message))
    }
    return code
  }
}

/** What every command takes. */
function common(command: Command): Command {
  return command.option('--store <file>', 'the journal; :memory: keeps nothing').option('--json', 'print one JSON object')
}

/** What reads files as context takes. */
function readingOptions(command: Command): Command {
  return command
    .option('--no-ignore', 'load from folders also what .gitignore files name')
    .addOption(new Option('--encoding <name>', 'how files without a byte order mark are text: utf-8 unless named').choices(encodingNames))
}

/** What runs programs takes. */
function modelOptions(command: Command): Command {
  return sendingOptions(programOptions(command))
}

/** Who answers in a program, and what it is told. */
function programOptions(command: Command): Command {
  return answeringOptions(command).addOption(new Option('--arg <name=value...>', 'a value of `args` in the program').argParser(keyValue))
}

function answeringOptions(command: Command): Command {
  return command
    .addOption(new Option('-m, --model <model>', 'provider/model that answers, such as openai/gpt-5-mini or sim/extract').argParser(modelName('--model')))
    .addOption(new Option('--allow-model <model...>', 'what the program may name besides it; provider/* for all of one').argParser(allowedModels))
}

/** What sends questions takes: how they are sent, and what they may cost. */
function sendingOptions(command: Command): Command {
  return budgetFlags(pathOptions(command).addOption(new Option('--concurrency <n>', 'most questions under way at once').argParser(wholeNumber('--concurrency'))))
}

function pathOptions(command: Command): Command {
  return command.addOption(new Option('--dispatch <path>', 'how questions leave the process').choices(['async', 'pool', 'auto']))
}

/** What it may cost. */
function budgetFlags(command: Command): Command {
  return command
    .addOption(new Option('--budget-usd <x>', 'most US dollars to spend').argParser(dollars('--budget-usd')))
    .addOption(new Option('--max-queries <n>', 'most questions to send').argParser(wholeBound('--max-queries')))
    .addOption(new Option('--max-tokens-total <n>', 'most tokens to use, input and output together').argParser(wholeBound('--max-tokens-total')))
}

function allowedModels(word: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, word.endsWith('/*') ? word : modelName('--allow-model')(word)]
}

/** `replm -m sim/echo run x.js` means what `replm run x.js -m sim/echo` means. */
function withProgramOptions<T extends CommonOptions>(command: Command): T {
  const said = [command.parent?.parent?.opts(), command.parent?.opts(), command.opts()]
  // What `--no-ignore` turns off is on, for Commander, wherever it is not said.
  const turnedOff = said.some((options) => options?.['ignore'] === false) ? { ignore: false } : {}
  // Commander has checked them as they were declared above.
  return Object.assign({}, ...said, turnedOff) as T
}

/** "error: unknown option '--x'\n(Did you mean --y?)" as one of our sentences. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function readVersion(): string {
  // The package's own file has a version.
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
