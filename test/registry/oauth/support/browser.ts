const maxRedirects = 20

/** A browser as far as a sign-in needs one: it follows redirects with its cookies until it is sent to `redirectUri`. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  async follow(url: string, redirectUri: string): Promise<URL> {
    let at = new URL(url)
    for (let count = 0; count < maxRedirects; count++) {
      if (at.href.startsWith(redirectUri)) return at
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(at, { redirect: 'manual', headers: { cookie } })
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      const location = response.headers.get('location')
      if (location === null)
        throw new Error(`${at.pathname} ends with ${response.status}: ${await response.text()}`)
      await response.body?.cancel()
      at = new URL(location, at)
    }
    throw new Error('redirected in a circle')
  }
}
