/** Text in; the words that carry its meaning, each in one form for all its spellings, out. */

const word = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu
/** Scripts written without spaces: every two characters count as a word. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

const stopWords: ReadonlySet<string> = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can could did do does doing down during each few for from
  further had has have having he her here hers him his how i if in into is it its itself just me more most my no nor not now of off on once only or other our out over own same
  she should so some such than that the their them then there these they this those through to too under until up us very was we were what when where which while who whom whose
  why will with would you your yours`.split(/\s+/),
)

/** The words in order, repetitions kept; without the words that every text has. */
export function termsOf(text: string): string[] {
  const terms: string[] = []
  for (const [found] of text.toLowerCase().matchAll(word)) {
    if (unspaced.test(found)) for (let i = 0; i < Math.max(1, found.length - 1); i += 1) terms.push(found.slice(i, i + 2))
    else if (!stopWords.has(found)) terms.push(stem(found))
  }
  return terms
}

/** The words of an identifier: `copyrightHolder`, `copyright_holder`. */
export function termsOfName(name: string): string[] {
  return termsOf(name.replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2').replace(/[_-]+/g, ' '))
}

/** English endings off, British spelling to American: enough for `licences`, `license` and `licensed` to be one word. */
function stem(text: string): string {
  let root = text.replace(/['’].*$/, '')
  if (root.length < 4 || !/^[a-z]+$/.test(root)) return root
  if (root.endsWith('ies')) root = `${root.slice(0, -3)}y`
  else if (/(ss|x|ch|sh)es$/.test(root)) root = root.slice(0, -2)
  else if (/[^su]s$/.test(root) && !root.endsWith('is')) root = root.slice(0, -1)
  if (root.length > 5 && root.endsWith('ing')) root = root.slice(0, -3)
  else if (root.length > 4 && root.endsWith('ed')) root = root.slice(0, -2)
  else if (/[^e]ed$/.test(root)) root = root.slice(0, -1)
  root = root.replace(/([^aeiouls])\1$/, '$1').replace(/enc(e?)$/, 'ens$1')
  return root.length > 3 && root.endsWith('e') ? root.slice(0, -1) : root
}
