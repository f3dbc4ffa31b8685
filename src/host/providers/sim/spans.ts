/** What a field is called and a text in; the pieces of the text that such a field holds (a date, a name, a version), out. */
import { findLicence } from './licences.ts'
import { termsOf } from './terms.ts'

export type SpanKind = 'email' | 'url' | 'date' | 'year' | 'version' | 'licence' | 'holder'

const patterns: Readonly<Record<Exclude<SpanKind, 'licence' | 'holder'>, RegExp>> = {
  email: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g,
  url: /\bhttps?:\/\/[^\s"'<>)\]}]{1,500}[^\s"'<>)\]}.,;:!?]/g,
  date: /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) (?:\d{1,2}, )?\d{4}\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b/g,
  year: /\b(?:1[5-9]|20)\d{2}\b/g,
  version: /\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-[\w.]{1,30})?\b/g,
}

/** Words of a field's name, description or format that mean a kind. */
const kinds: readonly (readonly [SpanKind, ReadonlySet<string>])[] = [
  ['email', new Set(termsOf('email mail'))],
  ['url', new Set(termsOf('url uri link website homepage'))],
  ['licence', new Set(termsOf('licence spdx'))],
  ['holder', new Set(termsOf('holder author owner copyright'))],
  ['version', new Set(termsOf('version'))],
  ['year', new Set(termsOf('year'))],
  ['date', new Set(termsOf('date time timestamp day'))],
]

/** The kind of the first of `words` that means one: those of the name come before those of the description. */
export function kindOfField(words: readonly string[]): SpanKind | undefined {
  for (const word of words) {
    const kind = kinds.find(([, names]) => names.has(word))
    if (kind !== undefined) return kind[0]
  }
  return undefined
}

/** In order of appearance, each once; 100 at the most. */
export function findSpans(kind: SpanKind, text: string): string[] {
  if (kind === 'licence') return [findLicence(text)].filter((id) => id !== undefined)
  const found = new Set<string>()
  if (kind === 'holder') {
    for (const line of text.split('\n')) {
      const holder = holderOf(line)
      if (holder !== undefined) found.add(holder)
      if (found.size === 100) break
    }
    return [...found]
  }
  for (const [span] of text.matchAll(patterns[kind])) {
    found.add(span)
    if (found.size === 100) break
  }
  return [...found]
}

/** `Copyright (c) 2014-2020 Jane Doe <jane@…>`: the name. */
function holderOf(line: string): string | undefined {
  const flat = line.slice(0, 500).replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  const [, sign = '', years = '', rest = ''] =
    /copyright\b\s*((?:\(c\)|©)?)\s*((?:\d{2,4}|present|[-–,]|\s)*)(?:by\s+)?(\S.*)/i.exec(flat) ?? /((?:\(c\)|©))\s*((?:\d{4}|[-–,]|\s)*)(\S.*)/i.exec(flat) ?? []
  const name = rest
    .replace(/\s*(?:<|\(|\[|https?:|\ball rights|\d{4}\b|\S+@).*$/i, '')
    .replace(/[\s.,;*]+$/, '')
    .trim()
  if (!/\p{L}/u.test(name) || /^(?:holders?|notices?|owners?|licen[cs]es?|law|and|or|interest|statements?|protection)\b/i.test(name)) return undefined
  // Without a sign or a year only a name in capitals is one: "the copyright of this text" is not.
  return sign === '©' || /\d/.test(years) || (sign !== '' && /copyright/i.test(flat)) || (/^\P{L}*copyright/iu.test(flat) && /^\p{Lu}/u.test(name)) ? name : undefined
}

/** The value behind a label in the text (`Name: value`, `"name": "value"`, `name = value`) whose words are those of the field. */
export function findLabelled(words: readonly string[], text: string): string | undefined {
  if (words.length === 0) return undefined
  for (const line of text.split('\n', 5_000)) {
    const [, label = '', value = ''] = /^[\s>*#{"'-]{0,20}([\p{L}][\p{L}\p{N} _-]{0,40}?)["'*]{0,3}\s{0,4}[:=]\s{0,8}(\S.{0,500})$/u.exec(line.slice(0, 600)) ?? []
    if (label === '') continue
    const terms = new Set(termsOf(label.replaceAll('_', ' ')))
    if (words.every((word) => terms.has(word)) && terms.size <= words.length + 1) return value.replace(/^["'*]+|["'*,;]+$/g, '').trim() || undefined
  }
  return undefined
}
