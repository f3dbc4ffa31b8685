/** The command `grep` in; its words, named as ripgrep names them, put on it. */
import type { Command } from 'commander'
import { oneMore, UsageError, wholeBound, wholeNumber } from '../arguments.ts'
import type { CommonOptions, ModelOptions } from '../stage.ts'

export interface GrepOptions extends CommonOptions, Pick<ModelOptions, 'ignore' | 'encoding' | 'quiet'> {
  /** Patterns of `-e`. */
  readonly regexp?: readonly string[]
  readonly ignoreCase?: true
  readonly caseSensitive?: true
  readonly smartCase?: true
  readonly fixedStrings?: true
  readonly wordRegexp?: true
  readonly lineRegexp?: true
  readonly invertMatch?: true
  readonly multiline?: true
  /** False for `--no-unicode`. */
  readonly unicode?: boolean
  readonly count?: true
  readonly includeZero?: true
  readonly filesWithMatches?: true
  readonly filesWithoutMatch?: true
  readonly onlyMatching?: true
  readonly lineNumber?: boolean
  readonly withFilename?: true
  /** False for `--no-filename`. */
  readonly filename?: boolean
  readonly null?: true
  readonly heading?: boolean
  readonly color?: 'never' | 'auto' | 'always' | 'ansi'
  readonly pretty?: true
  readonly beforeContext?: number
  readonly afterContext?: number
  readonly context?: number
  readonly maxCount?: number
  readonly maxColumns?: number
  readonly glob?: readonly string[]
  /** False for `--no-messages`. */
  readonly messages?: boolean
  readonly engine?: 'auto' | 'js' | 'rg'
}

export function addGrep(command: Command): Command {
  // As ripgrep has it, the last one of these two counts.
  command.on('option:word-regexp', () => command.setOptionValue('lineRegexp', undefined))
  command.on('option:line-regexp', () => command.setOptionValue('wordRegexp', undefined))
  return command
    .argument('[pattern]', 'a regular expression as ripgrep reads it; with -e it is the first of the files')
    .argument('[files...]', 'files, folders and globs; - is standard input. Without any, what is piped in, else the folder that one is in')
    .addOption(command.createOption('-e, --regexp <pattern>', 'a pattern, also one that begins with a hyphen; lines match that match any of several').argParser(oneMore))
    .option('-i, --ignore-case', 'letters of any case')
    .option('-s, --case-sensitive', 'letters as they are (as it is without it)')
    .option('-S, --smart-case', 'letters of any case where the pattern has no capital')
    .option('-F, --fixed-strings', 'the pattern is a text')
    .option('-w, --word-regexp', 'whole words only')
    .option('-x, --line-regexp', 'whole lines only')
    .option('-v, --invert-match', 'the lines that do not match')
    .option('-U, --multiline', 'a match may go over several lines')
    .option('--no-unicode', 'ASCII letters, digits and cases only')
    .option('-c, --count', 'the number of lines that match, for each file')
    .option('--include-zero', 'with -c, also for files that have none')
    .option('-l, --files-with-matches', 'the names of the files that match')
    .option('--files-without-match', 'the names of the files that do not')
    .option('-o, --only-matching', 'what matches, without the rest of its line; of a line at most 250 matches')
    .option('-q, --quiet', 'print nothing: the exit code says whether anything matches')
    .option('-n, --line-number', 'numbers of lines (as they are without it)')
    .option('-N, --no-line-number', 'no numbers of lines')
    .option('-H, --with-filename', 'names of files, for a single one, too')
    .option('-I, --no-filename', 'no names of files')
    .option('-0, --null', 'a NUL behind each name')
    .option('--heading', 'names of files above their lines (as on a terminal)')
    .option('--no-heading', 'names of files in each line (as in a pipe)')
    .addOption(command.createOption('--color <when>', 'colours: auto has them on a terminal').choices(['never', 'auto', 'always', 'ansi']))
    .option('-p, --pretty', 'as on a terminal: --color always --heading --line-number')
    .addOption(command.createOption('-A, --after-context <n>', 'lines after each that matches').argParser(lineCount('--after-context')))
    .addOption(command.createOption('-B, --before-context <n>', 'lines before each that matches').argParser(lineCount('--before-context')))
    .addOption(command.createOption('-C, --context <n>', 'lines before and after').argParser(lineCount('--context')))
    .addOption(command.createOption('-m, --max-count <n>', 'most lines of each file').argParser(wholeBound('--max-count')))
    .addOption(command.createOption('-M, --max-columns <n>', 'most characters of a line that are printed (all; with --engine js 65536)').argParser(wholeNumber('--max-columns')))
    .addOption(command.createOption('-g, --glob <glob>', 'of folders and globs only the files that it matches, or with ! before it none of them').argParser(oneMore))
    .option('--no-messages', 'nothing about files that cannot be searched')
    .addOption(command.createOption('--engine <name>', 'js for look-around and backreferences, rg for the ripgrep of this machine').choices(['auto', 'js', 'rg']))
}

function lineCount(flag: string): (word: string) => number {
  return (word) => {
    const count = wholeBound(flag)(word)
    if (count > maxContextLines) throw new UsageError(`Expected ${flag} to be at most ${maxContextLines}, got ${word}`)
    return count
  }
}

const maxContextLines = 1_000
