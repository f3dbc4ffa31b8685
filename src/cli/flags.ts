/** A message of the library in; the same one in the words of the command line out. */

const flags: readonly (readonly [RegExp, string])[] = [
  [/`budget\.usd`/g, '`--budget-usd`'],
  [/`budget\.queries`/g, '`--max-queries`'],
  [/`budget\.tokens`/g, '`--max-tokens-total`'],
  [/unless `ignoreFiles` is false/g, 'unless `--no-ignore` is given'],
  [/The budget of openReplm /g, 'The budget '],
  [/`engine: '(js|rg)'`/g, '`--engine $1`'],
  [/`multiline: true`/g, '`--multiline`'],
  [/`fixed: true`/g, '`--fixed-strings`'],
  [/`unicode: false`/g, '`--no-unicode`'],
]

/** Names flags where the message names options. */
export function inFlags(message: string): string {
  return flags.reduce((text, [option, flag]) => text.replace(option, flag), message)
}
