import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'

const maxFormCharacters = 10_000
const maxNameCharacters = 100

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Shows who wants what, and takes the answer. Rejects where no sign-in is under way in this browser. */
export async function answerSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response)
  if (request.method !== 'POST') return show(response, interaction)
  const form = new URLSearchParams((await text(request)).slice(0, maxFormCharacters))
  if (form.get('answer') !== 'agree') {
    const denied = { error: 'access_denied', error_description: 'The user did not agree.' }
    return provider.interactionFinished(request, response, denied)
  }
  const name = interaction.session?.accountId ?? form.get('name')?.trim().slice(0, maxNameCharacters) ?? ''
  if (name === '') return show(response, interaction, 'Give a name; any will do.')
  const agreed = await agreement(provider, interaction, name)
  await provider.interactionFinished(request, response, agreed, { mergeWithLastSubmission: false })
}

/** All that was asked for. */
async function agreement(
  provider: Provider,
  { params, grantId }: Interaction,
  accountId: string,
): Promise<InteractionResults> {
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const grant = known ?? new provider.Grant({ accountId, clientId: textOf(params.client_id) })
  const scope = textOf(params.scope)
  grant.addOIDCScope(scope)
  for (const resource of [params.resource].flat()) {
    if (typeof resource === 'string') grant.addResourceScope(resource, scope)
  }
  return { login: { accountId }, consent: { grantId: await grant.save() } }
}

function show(response: ServerResponse, { params, session }: Interaction, problem = ''): void {
  const resources = [params.resource].flat().map(textOf).join(', ')
  const who = session?.accountId
  response.writeHead(problem === '' ? 200 : 422, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in (example)</title>
<style>
  :root { color-scheme: light dark }
  body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
  label { display: block; font-weight: 600 }
  input { width: 100%; box-sizing: border-box; margin: .25rem 0 1rem; padding: .5rem; font: inherit }
  button { padding: .5rem 1.25rem; font: inherit }
  code { overflow-wrap: anywhere }
</style>
<main>
<h1>Sign in</h1>
<p>An example on this machine: any name will do, and nothing is checked.</p>
<p>Somebody wants to use <code>${escaped(resources === '' ? 'nothing in particular' : resources)}</code> for you, and comes back to <code>${escaped(hostOf(textOf(params.redirect_uri)))}</code>.</p>
<form method="post">
${
  who === undefined
    ? `<label for="name">Your name</label>
<input id="name" name="name" autocomplete="username" autofocus maxlength="${maxNameCharacters}">`
    : `<p>You are signed in as <strong>${escaped(who)}</strong>.</p>`
}
<p role="alert">${escaped(problem)}</p>
<button name="answer" value="agree">Agree</button>
<button name="answer" value="decline" formnovalidate>Decline</button>
</form>
</main>
</html>
`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
