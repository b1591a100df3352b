/** A user agent whose user agrees: follows redirects until it is sent to `redirectUri`, and says with what. */
export async function visitSignIn(authorizationUrl: string, redirectUri: string): Promise<URL> {
  let url = new URL(authorizationUrl)
  for (let hops = 0; hops < 10; hops++) {
    const response = await fetch(url, { redirect: 'manual' })
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (location === null) throw new Error(`the sign-in page answers with HTTP status ${response.status}`)
    url = new URL(location, url)
    if (url.href.startsWith(redirectUri)) return url
  }
  throw new Error('the sign-in page redirects without end')
}
