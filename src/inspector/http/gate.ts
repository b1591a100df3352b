import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export type Admission = 'granted' | 'by token' | 'refused'

/**
 * Who may come in: whoever knows the token, at an address of this machine, and not from a page of anybody else. `Host` is
 * checked against DNS rebinding, `Origin` against other pages, the token against other users of the machine.
 */
export class Gate {
  readonly token = randomBytes(24).toString('base64url')
  readonly #hosts: ReadonlySet<string>
  readonly #cookieName: string

  /** `host`: where the page listens, as it stands in its address. */
  constructor(host: string, port: number) {
    // Cookies are the same for all ports of a host.
    this.#cookieName = `switchboard-${port}`
    this.#hosts = new Set([host, 'localhost', '127.0.0.1', '[::1]'].map((name) => plain(`${name}:${port}`)))
  }

  /** The address of a path that lets its reader in. */
  url(host: string, port: number, path: string): string {
    return `http://${host}:${port}${path}?token=${this.token}`
  }

  get cookie(): string {
    return `${this.#cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** `mustHaveOrigin`: for what changes something, and for WebSockets, which browsers let any page open. */
  admit(request: IncomingMessage, mustHaveOrigin: boolean): Admission {
    const { host, origin, cookie } = request.headers
    if (host === undefined || !this.isOurHost(request)) return 'refused'
    if (origin === undefined ? mustHaveOrigin : plain(origin) !== `http://${plain(host)}`) return 'refused'
    if (this.#isToken(readCookie(cookie, this.#cookieName))) return 'granted'
    if (request.method !== 'GET' || mustHaveOrigin) return 'refused'
    const token = addressOf(request)?.searchParams.get('token')
    return this.#isToken(token) ? 'by token' : 'refused'
  }

  /** Asks for a document with the token in its address. */
  isEntry(request: IncomingMessage): boolean {
    return request.method === 'GET' && this.#isToken(addressOf(request)?.searchParams.get('token'))
  }

  /** No name of somebody else was bound to this machine. All that is asked of who comes back from signing in elsewhere. */
  isOurHost({ headers: { host } }: IncomingMessage): boolean {
    return host !== undefined && this.#hosts.has(plain(host))
  }

  /** In the same time whatever is offered. */
  #isToken(offered: string | null | undefined): boolean {
    if (offered === null || offered === undefined) return false
    const digest = (text: string) => createHash('sha256').update(text).digest()
    return timingSafeEqual(digest(offered), digest(this.token))
  }
}

/** Capitals mean nothing in a host, and browsers leave out the port that HTTP has anyway. */
function plain(host: string): string {
  return host.toLowerCase().replace(/:80$/, '')
}

/** Nothing where it cannot be read. */
export function addressOf({ url = '/' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://page') ? new URL(url, 'http://page') : undefined
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
