/** The body of a failed reply in; what the server says in it, and the codes it says it with, out. */
import { isRecord } from './record.ts'

export interface ErrorBody {
  /** In one line; empty where the server says nothing. */
  readonly message: string
  /** Machine-readable names of the failure, in lower case: `code`, `type`, `details.error_code`. */
  readonly codes: readonly string[]
  /** A numeric `code` that is an HTTP status, as servers state it that answer 200 to what failed behind them. */
  readonly status: number | undefined
}

/** Takes text or parsed JSON of any shape: `{error: {message, code, type}}`, `{error: 'text'}`, `{message}`, `{detail}`, a page of HTML. */
export function readErrorBody(body: unknown): ErrorBody {
  const value = typeof body === 'string' ? parse(body) : body
  if (typeof value === 'string') return { message: inOneLine(titleOf(value)), codes: [], status: undefined }
  if (!isRecord(value)) return { message: '', codes: [], status: undefined }
  const error = isRecord(value['error']) ? value['error'] : value
  const details = isRecord(error['details']) ? error['details'] : {}
  const codes = [error['code'], error['type'], details['error_code']].filter((code) => typeof code === 'string').map((code) => code.toLowerCase())
  const status = Number(error['code'])
  return {
    message: inOneLine(messageOf(value)),
    codes,
    status: Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined,
  }
}

function messageOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(messageOf).filter(Boolean).join('; ')
  if (!isRecord(value)) return ''
  for (const name of ['error', 'message', 'detail', 'msg']) {
    const said = messageOf(value[name])
    if (said !== '') return said
  }
  return ''
}

/** Gateways answer in HTML: its title says what there is to say. */
function titleOf(text: string): string {
  if (!/^\s*<(!doctype|html|\?xml)/i.test(text)) return text
  const title = /<title[^>]*>([^<]{1,300})/i.exec(text)
  return title === null ? 'a page of HTML' : `a page of HTML: ${title[1]!.trim()}`
}

function inOneLine(text: string): string {
  return text.slice(0, 2_000).replace(/\s+/g, ' ').trim()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
