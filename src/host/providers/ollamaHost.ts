/** The value of OLLAMA_HOST in; the address it means, as a URL, out. */

/**
 * All forms that Ollama itself takes: `host`, `host:port`, `:port`, `[::1]:port`, a bare IPv6 address, `http://…`, `https://…` with a path, quoted or with
 * space around. The port is 11434 without a scheme, else the scheme's own. An address to listen on everywhere (`0.0.0.0`, `::`) is asked on this machine.
 * What cannot be read is given back as it is.
 */
export function resolveOllamaHost(value: string): string {
  const text = value
    .trim()
    .replace(/^["']+|["']+$/g, '')
    .trim()
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) ?? []
  const port = text.includes('://') ? '' : ':11434'
  const [whole = '', ...path] = rest.split('/')
  const login = whole.slice(0, whole.lastIndexOf('@') + 1)
  const authority = whole.slice(login.length)
  // More than one colon and no brackets is an IPv6 address without a port.
  const bare = /^[^[\]]*:[^[\]]*:[^[\]]*$/.test(authority)
  const host = bare ? `[${authority}]` : authority
  const withPort = /:\d+$/.test(host.replace(/^.*\]/, '')) ? host : host + port
  const url = URL.parse(`${scheme}://${login}${withPort.startsWith(':') || withPort === '' ? `127.0.0.1${withPort}` : withPort}/${path.join('/')}`)
  if (url === null) return value
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return url.href
}
