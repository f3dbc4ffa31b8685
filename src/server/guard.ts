/** Who asks, and from where, in; nothing, or a refusal, out: no other web page, no rebound name and nobody without the token gets past it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { RequestProblem } from './problem.ts'

export interface GuardOptions {
  readonly token: string
  /** Names besides this machine's own under which it may be asked for, without a port. */
  readonly hosts: readonly string[]
  /** It listens on more than this machine: then it may be asked for by any address. A name can be rebound, an address cannot. */
  readonly isOpen: boolean
}

export interface Guard {
  /** Throws 421 for a name that is not this server's, 403 for a request that another web page made. */
  checkOrigin(request: Request): void
  /** Throws 401 without the token, and 403 for a browser's cookie on a change that no page of ours asked for. */
  checkToken(request: Request): void
  isToken(token: string): boolean
  /** A `Set-Cookie` that stands for the token in a browser. */
  cookie(request: Request): string
}

export function createGuard({ token, hosts, isOpen }: GuardOptions): Guard {
  const digest = digestOf(token)
  const names = new Set(['localhost', '127.0.0.1', '[::1]', ...hosts.map((host) => hostName(host))])

  function isOurs(hostname: string): boolean {
    return names.has(hostname) || (isOpen && isAddress(hostname))
  }

  function isToken(given: string): boolean {
    // Equal lengths, and no early end: how long it takes tells nothing.
    return timingSafeEqual(digestOf(given), digest)
  }

  return {
    isToken,
    checkOrigin: (request) => {
      const { host, hostname, pathname } = new URL(request.url)
      // A request in the absolute form names two, its address and its header.
      if (!isOurs(hostname) || !isOurs(hostnameOf(request.headers.get('host') ?? host))) throw new RequestProblem(421, `This server is not asked for by that name; \`--allow-host\` allows more than the address it printed`)
      const origin = request.headers.get('origin')
      if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) throw new RequestProblem(403, 'Another web page may not ask this server')
      const site = request.headers.get('sec-fetch-site')
      // A link on another page may lead here; it shows nothing to that page.
      const isVisit = request.method === 'GET' && pathname === '/' && request.headers.get('sec-fetch-mode') === 'navigate'
      if (site !== null && site !== 'same-origin' && site !== 'none' && !isVisit) throw new RequestProblem(403, 'Another web page may not ask this server')
    },
    checkToken: (request) => {
      const authorization = request.headers.get('authorization')
      if (authorization !== null) {
        const bearer = /^bearer +([^ ]+) *$/i.exec(authorization)?.[1]
        if (bearer === undefined || !isToken(bearer)) throw unknownCaller()
        return
      }
      const cookie = cookieOf(request, cookieName(request))
      if (cookie === undefined || !isToken(cookie)) throw unknownCaller()
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      // A browser says where a change comes from, and `checkOrigin` has looked at it.
      if (!isRead && request.headers.get('origin') === null && request.headers.get('sec-fetch-site') === null) throw new RequestProblem(403, 'A cookie alone changes nothing: send the token as `Authorization: Bearer`')
    },
    cookie: (request) => `${cookieName(request)}=${token}; Path=/; HttpOnly; SameSite=Strict`,
  }
}

function unknownCaller(): RequestProblem {
  return new RequestProblem(401, 'This server takes requests only with the token of the address that `replm serve` printed: send it as `Authorization: Bearer`', { headers: { 'www-authenticate': 'Bearer realm="replm"' } })
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Servers on several ports of one machine share its cookies. */
function cookieName(request: Request): string {
  return `replm-${new URL(request.url).port || '80'}`
}

function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key = '', value = ''] = pair.split('=').map((part) => part.trim())
    if (key === name) return value
  }
  return undefined
}

/** Of a `Host`, without its port; '' where it is none. */
function hostnameOf(host: string): string {
  return URL.parse(`http://${host}`)?.hostname ?? ''
}

/** As a URL writes it: lower case, IPv6 in brackets. */
function hostName(host: string): string {
  return isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase()
}

function isAddress(hostname: string): boolean {
  return isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
}
