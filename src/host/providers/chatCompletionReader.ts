/** A question in; what makes an answer of the chunks of its streamed chat completion, out. */
import type { ProviderQuery } from '../../types.ts'
import { readChatCompletion, readStatedUsage, readText, throwCarried } from './chatCompletion.ts'
import type { Failures } from './failures.ts'
import { isRecord } from './record.ts'
import { isDone } from './sse.ts'
import type { AnswerReader } from './streamedAnswer.ts'

export interface ChatCompletionReader extends AnswerReader {
  /** One parsed chunk; the text that it adds. */
  add(chunk: unknown): string
}

/** What a request is asked with to be answered in chunks: the usage comes in one of its own, before the end. */
export const streamOptions = { stream: true, stream_options: { include_usage: true } } as const

export function createChatCompletionReader(query: ProviderQuery, failures: Failures): ChatCompletionReader {
  let text = ''
  let refusal = ''
  let usage: unknown
  let finish: unknown = null
  let hasChoice = false
  let isOver = false

  function add(chunk: unknown): string {
    if (!isRecord(chunk)) throw failures.ofShape('a chunk that is no JSON object')
    if (isRecord(chunk['usage'])) usage = chunk['usage']
    if (chunk['error'] !== undefined) throwCarried(chunk, query, failures)
    const { choices } = chunk
    if (!Array.isArray(choices)) return ''
    const choice = choose(choices)
    if (choice === undefined) return ''
    if (choice['error'] !== undefined) throwCarried(choice, query, failures)
    hasChoice = true
    if (choice['finish_reason'] !== undefined && choice['finish_reason'] !== null) finish = choice['finish_reason']
    // Some servers send what they have at once, as a message.
    const delta = choice['delta'] ?? choice['message']
    if (!isRecord(delta)) return ''
    if (typeof delta['refusal'] === 'string') refusal += delta['refusal']
    const { content } = delta
    const piece = typeof content === 'string' ? content : content === undefined || content === null ? '' : readPart(content)
    text += piece
    return piece
  }

  function readPart(content: unknown): string {
    const piece = readText(content)
    if (piece === undefined && !Array.isArray(content)) throw failures.ofShape('a chunk whose content is no text')
    return piece ?? ''
  }

  return {
    add,
    read({ type, data }) {
      if (isDone(data)) {
        isOver = true
        return ''
      }
      // What some servers keep a connection alive with.
      if (data === '') return ''
      const chunk = parse(data)
      if (chunk === undefined) throw failures.ofShape(`a chunk that is no JSON: ${data.slice(0, 100)}`)
      if (type === 'error') throw failures.ofCarried(isRecord(chunk) && chunk['error'] !== undefined ? chunk : { error: chunk }, query.model)
      return add(chunk)
    },
    readWhole: (reply) => readChatCompletion(reply, query, failures),
    get isWhole() {
      return isOver || finish !== null
    },
    get isOver() {
      return isOver
    },
    get usage() {
      return readStatedUsage(usage)
    },
    finish() {
      if (!hasChoice) throw failures.ofShape('it has no choices')
      return readChatCompletion({ choices: [{ message: { content: text, refusal }, finish_reason: finish }], usage }, query, failures)
    },
  }
}

/** One answer was asked for: the first. Other choices are what a server adds of its own, and are not of its text. */
function choose(choices: readonly unknown[]): Record<string, unknown> | undefined {
  const only: unknown = choices[0]
  // As nearly always; said first because it is asked for every token.
  if (isRecord(only) && only['index'] === 0) return only
  let unnumbered: Record<string, unknown> | undefined
  for (const choice of choices) {
    if (!isRecord(choice)) continue
    const { index } = choice
    if (index === 0) return choice
    if (index === undefined || index === null) unnumbered ??= choice
  }
  return unnumbered
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined // no JSON text stands for undefined: the caller says what it was
  }
}
