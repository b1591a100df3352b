import { z } from 'zod'
import { SignInError } from '../../sign-ins.ts'
import { signInUrlOf } from '../agent-server.ts'
import { dropBinding, readBinding } from '../binding-cookie.ts'
import type { RouteContext } from '../context.ts'
import { problemOf } from '../failure.ts'
import { openRoute, type Reply, type Route } from '../route.ts'
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
export function callbackRoute({ parts }: RouteContext): Route {
  const { signIns, publicUrl, signInPage } = parts

  async function finish(callback: URL, binding: string | undefined): Promise<Reply> {
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

  return openRoute({
    ...{ method: 'get', path: callbackPath, query: callbackQuery },
    summary: 'Where an authorization server sends the browser back to.',
    answers: {
      200: { description: 'A page that says what happened, and leads on.', contentType: 'text/html' },
    },
    problems: [400],
    answer: async ({ query, request }) => {
      // Whatever the request names as its host.
      const callback = new URL(`${publicUrl()}/api/mcp${callbackPath}`)
      callback.search = /\?.*$/.exec(request.originalUrl)?.[0] ?? ''
      const reply = await finish(callback, readBinding(request, query.state))
      const isSecure = publicUrl().startsWith('https:')
      return { ...reply, headers: { 'Set-Cookie': dropBinding(query.state, isSecure) } }
    },
  })
}

/** A person reads it. */
function unexpected(error: unknown): { status: number; words: string } {
  const { status, detail } = problemOf(error, 'POST')
  return { status, words: `${detail} Begin to sign in again.` }
}

function page(title: string, words: string, next: string, goesOn: boolean): string {
  const url = escaped(next)
  const refresh = goesOn ? `\n<meta http-equiv="refresh" content="1; url=${url}">` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>${refresh}
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(words)}</p>
<p><a href="${url}">Back to your servers</a></p>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
