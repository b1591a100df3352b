/** Who may ask a server on this machine: not a page of somebody else, nor who has to guess a secret. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Where a server of ours listens. `Host` is checked against DNS rebinding, `Origin` against pages of others. */
export class OwnAddress {
  readonly #hosts: ReadonlySet<string>

  /** `host`: as it stands in its address. */
  constructor(host: string, port: number) {
    this.#hosts = new Set([host, 'localhost', '127.0.0.1', '[::1]'].map((name) => plain(`${name}:${port}`)))
  }

  isHost(host: string | undefined): boolean {
    return host !== undefined && this.#hosts.has(plain(host))
  }

  /** Under a name of ours, by a page of ours or by no page. */
  isAsked({ host, origin }: IncomingHttpHeaders): boolean {
    if (host === undefined || !this.isHost(host)) return false
    return origin === undefined || plain(origin) === `http://${plain(host)}`
  }
}

/** In the same time whatever is offered. */
export function isSameSecret(offered: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(offered), digest(secret))
}

/** Capitals mean nothing in a host, and browsers leave out the port that HTTP has anyway. */
function plain(host: string): string {
  return host.toLowerCase().replace(/:80$/, '')
}
