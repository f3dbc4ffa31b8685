/** What a reply is to say in; its bytes, ready to be written to a socket, out. */

/** Characters in one event of a stream. */
const pieceChars = 100

const usage = '"usage":{"prompt_tokens":256,"completion_tokens":125,"total_tokens":381}'

/** A whole chat completion. */
export function completion(text: string, headers = ''): Buffer {
  const body = `{"id":"bench","object":"chat.completion","created":1,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":${JSON.stringify(text)}},"finish_reason":"stop"}],${usage}}`
  return reply('200 OK', body, headers)
}

/** The same as a message of Anthropic's API. */
export function message(text: string): Buffer {
  return reply(
    '200 OK',
    `{"id":"bench","type":"message","role":"assistant","model":"bench","content":[{"type":"text","text":${JSON.stringify(text)}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":256,"output_tokens":125}}`,
    '',
  )
}

/** The same as a stream of events, one for each 100 characters. */
export function completionEvents(text: string): Buffer {
  const events: string[] = []
  for (let start = 0; start < text.length; start += pieceChars) events.push(event({ content: text.slice(start, start + pieceChars) }, null))
  events.push(event({}, 'stop'), `data: {"id":"bench","object":"chat.completion.chunk","created":1,"model":"bench","choices":[],${usage}}\n\n`, 'data: [DONE]\n\n')
  const body = events.join('')
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** An error, in the shape of OpenAI's. */
export function refusal(status: '429 Too Many Requests' | '500 Internal Server Error', message: string, headers = ''): Buffer {
  return reply(status, JSON.stringify({ error: { message, type: 'server_error', code: null } }), headers)
}

/** A reply that breaks off: its body is no JSON. */
export function broken(): Buffer {
  return reply('200 OK', '{"choices": [{"mess', '')
}

/** The reply to what is no question. */
export function notFound(): Buffer {
  return reply('404 Not Found', '{"error":{"message":"The benchmark server answers POST …/chat/completions only"}}', '')
}

function event(delta: object, finish: string | null): string {
  return `data: {"id":"bench","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finish)}}]}\n\n`
}

function reply(status: string, body: string, headers: string): Buffer {
  return Buffer.from(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`)
}
