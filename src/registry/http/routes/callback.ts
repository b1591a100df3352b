import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { RegistryParts } from '../../router-options.ts'
import { SignInError } from '../../sign-ins.ts'
import { apiPath } from '../../wire.ts'
import { signInUrlOf } from '../agent-server.ts'
import { dropBinding, readBinding } from '../binding-cookie.ts'
import { problemOf } from '../failure.ts'
import type { Reply } from '../reply.ts'
import { openRoute, type Route } from '../route.ts'
import { callbackPath } from './sign-in.ts'

/** RFC 6749, 4.1.2; RFC 9207. Others may be there. */
const callbackQuery = z.looseObject({
  code: z.string().optional(),
  state: z.string().max(1_000).default(''),
  iss: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
})

/**
 * The browser comes back from another site. A redirect would not carry cookies with `SameSite=Strict` on to the page, since
 * the other site began it; a document of ours, from which it goes on, does.
 */
export const callbackRoute: Route = openRoute({
  ...{ method: 'get', path: callbackPath, query: callbackQuery },
  summary: 'Where an authorization server sends the browser back to.',
  answers: {
    200: { description: 'A page that says what happened, and leads on.', contentType: 'text/html' },
  },
  problems: [400],
  answer: async ({ query, request, parts }) => {
    const { publicUrl } = parts
    // Whatever the request names as its host.
    const callback = new URL(`${publicUrl()}${apiPath}${callbackPath}`)
    callback.search = /\?.*$/.exec(request.originalUrl)?.[0] ?? ''
    const reply = await finish(parts, callback, readBinding(request, query.state))
    const isSecure = publicUrl().startsWith('https:')
    return {
      ...reply,
      headers: { 'Set-Cookie': dropBinding(query.state, isSecure), 'Content-Security-Policy': policy },
    }
  },
})

async function finish(
  { signIns, signInPage }: RegistryParts,
  callback: URL,
  binding: string | undefined,
): Promise<Reply> {
  try {
    const { serverId } = await signIns.finish({ callback, binding })
    const next = signInUrlOf(signInPage(), serverId)
    return { status: 200, html: page('You are signed in', 'The server can be used now.', next, true) }
  } catch (error) {
    const { status, words } =
      error instanceof SignInError ? { status: 200, words: error.message } : unexpected(error)
    const next = signInUrlOf(signInPage(), undefined)
    return { status, html: page('You are not signed in', words, next, false) }
  }
}

/** A person reads it. */
function unexpected(error: unknown): { status: number; words: string } {
  const { status, detail } = problemOf(error, 'POST')
  return { status, words: `${detail} Begin to sign in again.` }
}

/** In light and dark as the page that it leads to. */
const style = `
:root { color-scheme: light dark; --surface: #f6f6f3; --raised: #fff; --line: #d9d9d2; --text: #1b1d22; --accent: #2f4fd8 }
@media (prefers-color-scheme: dark) {
  :root { --surface: #14161b; --raised: #1c1f26; --line: #2e323c; --text: #e8e9ec; --accent: #8ea2ff }
}
body { margin: 0; padding: 12vh 1rem 1rem; background: var(--surface); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem; border: 1px solid var(--line); border-radius: 10px; background: var(--raised) }
h1 { margin: 0; font-size: 1.35rem; line-height: 1.25 }
p { margin: .75rem 0 0; overflow-wrap: anywhere }
a { color: var(--accent) }
`
/** This one style, and nothing else. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join(';')

function page(title: string, words: string, next: string, goesOn: boolean): string {
  const url = escaped(next)
  const refresh = goesOn ? `\n<meta http-equiv="refresh" content="1; url=${url}">` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>${refresh}
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(words)}</p>
<p><a href="${url}">Back to your servers</a></p>
</main>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
