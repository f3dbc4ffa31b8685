/** A prompt in; what it asks, and the text it asks about, out. */
import type { ProviderQuery } from '../../../types.ts'

export interface Asked {
  /** Empty where nothing is asked. */
  readonly question: string
  readonly text: string
}

/** Longest piece that is taken for a question, in UTF-16 units. */
const maxQuestion = 800

const marker = /^[^\S\n]*(?:[#>*-]+[^\S\n]*)?(?:\*\*)?(?:question|query|task|instructions?)(?:\*\*)?[^\S\n]*[:：](?:\*\*)?/im

const request =
  /^(?:please|now|then)?[,\s]*(?:answer|analy[sz]e|assess|check|choose|classify|compare|count|decide|describe|determine|do|does|did|explain|extract|find|from|give|how|identify|is|are|was|were|can|label|list|look|name|pick|quote|rate|read|report|return|score|say|show|sum up|summari[sz]e|tell|translate|using|what|when|where|which|who|whose|why|write|you are|your task|here is|given|in one|in the|based on)\b/i

/** `Name: Widget`: a text that begins with a label of its own, and not a request. */
const label = /^(?!summ|transl|classify|extract|explain|descri|rewrite|analy)\S+[:：][^\S\n]*\S/i

/**
 * A line marked `Question:` (the last one) is the question; else the beginning of the prompt up to its question mark or colon, or its first lines where they
 * ask for something; else its end, in the same way; else the system text. What is left is the text.
 */
export function findQuestion({ prompt, system = '' }: Pick<ProviderQuery, 'prompt' | 'system'>): Asked {
  const asked = marked(prompt) ?? atStart(prompt) ?? atEnd(prompt)
  if (asked !== undefined) return hasWords(asked.text) ? asked : { question: asked.question, text: prompt }
  return system.includes('?') || request.test(system.trim()) ? { question: system, text: prompt } : { question: '', text: prompt }
}

function marked(prompt: string): Asked | undefined {
  // Near the edges only: a text may have such lines of its own.
  const edges = [0, Math.max(0, prompt.length - 2 * maxQuestion)]
  for (const from of edges.toReversed()) {
    const found = [...prompt.slice(from, from + 2 * maxQuestion).matchAll(new RegExp(marker, 'gim'))].at(-1)
    if (found === undefined) continue
    const start = from + found.index
    const after = start + found[0].length
    const end = endOfParagraph(prompt, after)
    if (end - after > maxQuestion || !hasWords(prompt.slice(after, end))) continue
    return { question: prompt.slice(after, end).trim(), text: `${prompt.slice(0, start)}\n\n${withoutLabel(prompt.slice(end))}` }
  }
  return undefined
}

function atStart(prompt: string): Asked | undefined {
  const start = prompt.length - prompt.trimStart().length
  const paragraphEnd = endOfParagraph(prompt, start)
  const head = prompt.slice(start, Math.min(paragraphEnd, start + maxQuestion))
  const mark = /[?？](?=\s|["'”)\]]|$)|[？]/.exec(head)
  if (mark !== null) {
    const end = start + mark.index + mark[0].length
    const piece = prompt.slice(start, end)
    // Statements before the question, in the same paragraph, are what it asks about where nothing comes after it.
    if (!hasWords(prompt.slice(end)) || (piece.length > 300 && !request.test(piece))) return lastSentence(piece, prompt.slice(end))
    // Instructions that end with the paragraph ("Answer with one word.") belong to the question.
    const rest = prompt.slice(end, paragraphEnd)
    const tail = rest.length < 200 && !rest.trim().includes('\n') && request.test(rest.trim()) ? paragraphEnd : end
    return { question: prompt.slice(start, tail).trim(), text: withoutLabel(prompt.slice(tail)) }
  }
  if (!request.test(head) || label.test(head)) return undefined
  const colon = /[:：](?=\s|$)/.exec(head)
  if (colon !== null) return { question: head.slice(0, colon.index), text: withoutLabel(prompt.slice(start + colon.index + 1)) }
  if (paragraphEnd - start <= maxQuestion && hasWords(prompt.slice(paragraphEnd))) return { question: head.trim(), text: withoutLabel(prompt.slice(paragraphEnd)) }
  const lineEnd = prompt.indexOf('\n', start)
  return lineEnd === -1 || lineEnd - start > maxQuestion ? undefined : { question: prompt.slice(start, lineEnd), text: prompt.slice(lineEnd) }
}

function atEnd(prompt: string): Asked | undefined {
  const trimmed = prompt.trimEnd()
  const start = Math.max(trimmed.lastIndexOf('\n\n'), trimmed.lastIndexOf('\n', trimmed.length - 1)) + 1
  const tail = trimmed.slice(start)
  if (tail.length > maxQuestion) return undefined
  if (!/[?？]["'”)\]]*$/.test(tail) && !request.test(tail.trim())) return undefined
  return start === 0 ? lastSentence(tail, '') : { question: tail.trim(), text: trimmed.slice(0, start) }
}

/** The last sentence of `piece` asks; what stands before it, and `rest`, is the text. */
function lastSentence(piece: string, rest: string): Asked {
  const cut = [...piece.matchAll(/[.!?。！？]["'”)\]]*\s+/g)].filter(({ index }) => index < piece.trimEnd().length - 2).at(-1)
  const at = cut === undefined ? 0 : cut.index + cut[0].length
  return { question: piece.slice(at).trim(), text: `${piece.slice(0, at)}${rest}` }
}

/** Words that introduce the text and are no part of it. */
function withoutLabel(text: string): string {
  return text.replace(/^\s*(?:context|text|document|passage|input|file|licen[cs]e text|content|data)[^\S\n]*[:：][^\S\n]*(?=\n|\S)/i, '')
}

function endOfParagraph(text: string, from: number): number {
  const found = /\n[^\S\n]*\r?\n/.exec(text.slice(from, from + 4 * maxQuestion))
  return found === null ? text.length : from + found.index
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text)
}
