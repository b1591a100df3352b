import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSameSecret, OwnAddress } from '../../http/admission.ts'

export type Admission = 'granted' | 'by token' | 'refused'

/**
 * Who may come in: whoever knows the token, at an address of this machine, and not from a page of anybody else. `Host` is
 * checked against DNS rebinding, `Origin` against other pages, the token against other users of the machine.
 */
export class Gate {
  readonly token = randomBytes(24).toString('base64url')
  readonly #address: OwnAddress
  readonly #cookieName: string

  /** `host`: where the page listens, as it stands in its address. */
  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {
    // Cookies are the same for all ports of a host.
    this.#cookieName = `switchboard-${port}`
    this.#address = new OwnAddress(host, port)
  }

  /** The address of a path that lets its reader in. */
  url(path: string): string {
    return `http://${this.host}:${this.port}${path}?token=${this.token}`
  }

  get cookie(): string {
    return `${this.#cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** `mustHaveOrigin`: for what changes something, and for WebSockets, which browsers let any page open. */
  admit(request: IncomingMessage, mustHaveOrigin: boolean): Admission {
    const { origin, cookie } = request.headers
    if (!this.#address.isAsked(request.headers)) return 'refused'
    if (origin === undefined && mustHaveOrigin) return 'refused'
    if (this.#isToken(readCookie(cookie, this.#cookieName))) return 'granted'
    if (request.method !== 'GET' || mustHaveOrigin) return 'refused'
    const token = addressOf(request)?.searchParams.get('token')
    return this.#isToken(token) ? 'by token' : 'refused'
  }

  /** Asks for a document with the token in its address. */
  isEntry(request: IncomingMessage): boolean {
    return request.method === 'GET' && this.#isToken(addressOf(request)?.searchParams.get('token'))
  }

  /** Under the name that `url` has, and no other name of this machine, such as `localhost`. */
  isAskedByName({ headers: { host } }: IncomingMessage): boolean {
    return new URL(`http://${host}`).host === new URL(this.url('/')).host
  }

  /** No name of somebody else was bound to this machine. All that is asked of who comes back from signing in elsewhere. */
  isOurHost({ headers: { host } }: IncomingMessage): boolean {
    return this.#address.isHost(host)
  }

  #isToken(offered: string | null | undefined): boolean {
    return typeof offered === 'string' && isSameSecret(offered, this.token)
  }
}

/** Nothing where it cannot be read. */
export function addressOf({ url = '/' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://page') ? new URL(url, 'http://page') : undefined
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
