/** A message of Anthropic's API in, whole or in events; the answer out. */
import type { ErrorDetails } from '../../errors.ts'
import type { FinishReason, ProviderAnswer, ProviderQuery } from '../../types.ts'
import type { Failures } from './failures.ts'
import { isRecord } from './record.ts'
import { isDone } from './sse.ts'
import type { AnswerReader } from './streamedAnswer.ts'
import { estimateTokens, readTokens } from './tokens.ts'
import { withUsage } from './withUsage.ts'

/** Throws REFUSED where the model refused, and PROVIDER, retryable, where it is no message; each with the usage that is stated. Usage that is missing in an answer is estimated. */
export function readMessage(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  try {
    return readAnswer(reply, query, failures)
  } catch (error) {
    throw isRecord(reply) ? withUsage(error, readStatedUsage(reply['usage'])) : error
  }
}

function readAnswer(reply: unknown, query: ProviderQuery, failures: Failures): ProviderAnswer {
  if (!isRecord(reply)) throw failures.ofShape(typeof reply === 'string' ? reply || 'an empty body' : 'not a JSON object')
  const { content } = reply
  if (!Array.isArray(content)) throw failures.ofShape('it has no content')
  const text = content
    .filter(isRecord)
    .flatMap((block) => (block['type'] === 'text' && typeof block['text'] === 'string' ? [block['text']] : []))
    .join('')
  const usage = readUsage(reply['usage'], query, text)
  if (reply['stop_reason'] === 'refusal') {
    const details = reply['stop_details']
    throw failures.refused(query.model, isRecord(details) && typeof details['explanation'] === 'string' ? details['explanation'] : '', usage)
  }
  return { text, usage, finishReason: readStop(reply['stop_reason']) }
}

function readStop(reason: unknown): FinishReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop'
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    default:
      return 'other'
  }
}

/** What is stated, without an estimate; undefined where nothing is. */
function readStatedUsage(usage: unknown): ErrorDetails['usage'] {
  if (!isRecord(usage) || (readTokens(usage['input_tokens']) === undefined && readTokens(usage['output_tokens']) === undefined)) return undefined
  return readUsage(usage, null, '')
}

/** `input_tokens` leaves out what was written to the prompt cache or read from it; all three are billed. Thinking is in `output_tokens`. Without a query nothing is estimated. */
function readUsage(usage: unknown, query: ProviderQuery | null, text: string): ProviderAnswer['usage'] {
  const stated = isRecord(usage) ? usage : {}
  const input = readTokens(stated['input_tokens'])
  const cached = (readTokens(stated['cache_creation_input_tokens']) ?? 0) + (readTokens(stated['cache_read_input_tokens']) ?? 0)
  return {
    inputTokens: input === undefined ? (query === null ? 0 : estimateTokens((query.system ?? '') + query.prompt)) : input + cached,
    outputTokens: readTokens(stated['output_tokens']) ?? estimateTokens(text),
  }
}

/** Of https://platform.claude.com/docs/en/build-with-claude/streaming: the events make one message, whose usage is said at its start and, as a total, near its end. */
export function createMessageReader(query: ProviderQuery, failures: Failures): AnswerReader {
  let text = ''
  let usage: Record<string, unknown> = {}
  let stop: { readonly stop_reason?: unknown; readonly stop_details?: unknown } = {}
  let hasStarted = false
  /** The output that is stated at the start is a token or so: no total. */
  let hasTotal = false
  let isOver = false

  function take(part: unknown): string {
    const said = isRecord(part) && typeof part['text'] === 'string' && (part['type'] === 'text' || part['type'] === 'text_delta') ? part['text'] : ''
    text += said
    return said
  }

  /** Counts that an event leaves out, or has as null, keep what was said before. */
  function addUsage(stated: unknown): void {
    if (isRecord(stated)) usage = { ...usage, ...Object.fromEntries(Object.entries(stated).filter(([, count]) => count !== null)) }
  }

  function add(event: Record<string, unknown>): string {
    switch (event['type']) {
      case 'message_start': {
        const { message } = event
        if (!isRecord(message)) throw failures.ofShape('a stream whose start has no message')
        hasStarted = true
        addUsage(message['usage'])
        return ''
      }
      case 'content_block_start':
        return take(event['content_block'])
      case 'content_block_delta':
        return take(event['delta'])
      case 'message_delta':
        addUsage(event['usage'])
        hasTotal ||= isRecord(event['usage'])
        if (isRecord(event['delta']) && event['delta']['stop_reason'] !== null) stop = event['delta']
        return ''
      case 'message_stop':
        isOver = true
        return ''
      case 'error':
        throw failures.ofCarried(event, query.model)
      default:
        // Pings, the ends of blocks, and kinds that are yet to come.
        return ''
    }
  }

  return {
    read({ type, data }) {
      if (data === '' || isDone(data)) return ''
      let event: unknown
      try {
        event = JSON.parse(data)
      } catch {
        throw failures.ofShape(`an event that is no JSON: ${data.slice(0, 100)}`)
      }
      if (!isRecord(event)) throw failures.ofShape('an event that is no JSON object')
      return add(type === 'error' ? { ...event, type } : event)
    },
    readWhole: (reply) => readMessage(reply, query, failures),
    get isWhole() {
      return isOver || stop.stop_reason !== undefined
    },
    get isOver() {
      return isOver
    },
    get usage() {
      return hasTotal ? readStatedUsage(usage) : undefined
    },
    finish() {
      if (!hasStarted) throw failures.ofShape('a stream without a message')
      return readMessage({ content: [{ type: 'text', text }], usage, ...stop }, query, failures)
    },
  }
}
