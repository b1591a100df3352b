import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import { escaped, sendDocument } from './document.ts'

const maxFormCharacters = 10_000
const maxNameCharacters = 100
const nameMissing = 'name-missing'
const maxRemembered = 1_000

/** Where each sign-in leads back to, by its path: also once it is over. */
const origins = new Map<string, string>()

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** Shows who wants what, and takes the answer. Rejects where no sign-in is under way in this browser. */
export async function answerSignIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response)
  remember(addressOf(request).pathname, textOf(interaction.params.redirect_uri))
  if (request.method !== 'POST') return show(provider, request, response, interaction)
  const form = new URLSearchParams((await text(request)).slice(0, maxFormCharacters))
  if (form.get('answer') !== 'agree') {
    const denied = { error: 'access_denied', error_description: 'The user did not agree.' }
    return provider.interactionFinished(request, response, denied)
  }
  const name = interaction.session?.accountId ?? form.get('name')?.trim().slice(0, maxNameCharacters) ?? ''
  if (name === '') {
    // Not as the answer to a POST, which a browser would send again where somebody goes back.
    response.writeHead(303, { location: `${addressOf(request).pathname}?${nameMissing}` }).end()
    return
  }
  const agreed = await agreement(provider, interaction, name)
  await provider.interactionFinished(request, response, agreed, { mergeWithLastSubmission: false })
}

/** For who goes back to a sign-in that has ended, or has opened none. */
export function sendOver(request: IncomingMessage, response: ServerResponse): void {
  const origin = origins.get(addressOf(request).pathname)
  const back =
    origin === undefined
      ? 'Go back to where you came from, and sign in there again.'
      : `<a href="${escaped(origin)}/">Back to ${escaped(new URL(origin).host)}</a>, where you can begin again.`
  sendDocument(
    response,
    400,
    'This sign-in is over',
    `<p>It was answered already, or took too long. What was agreed to stays agreed to.</p>
<p>${back}</p>`,
  )
}

function remember(path: string, redirectUri: string): void {
  if (!/^https?:/.test(redirectUri) || !URL.canParse(redirectUri)) return
  origins.set(path, new URL(redirectUri).origin)
  const [oldest] = origins.keys()
  if (origins.size > maxRemembered && oldest !== undefined) origins.delete(oldest)
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

async function show(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  { params, session }: Interaction,
): Promise<void> {
  const resources = [params.resource].flat().map(textOf).join(', ')
  const who = session?.accountId
  const clientId = textOf(params.client_id)
  const client = (await provider.Client.find(clientId))?.clientName ?? clientId
  const isNameMissing = addressOf(request).searchParams.has(nameMissing)
  sendDocument(
    response,
    200,
    'Sign in',
    `<p>An example on this machine: any name will do, and nothing is checked.</p>
<p><strong>${escaped(client)}</strong> wants to list and call the tools of <code>${escaped(resources === '' ? 'nothing in particular' : resources)}</code> in your name. You come back to <code>${escaped(hostOf(textOf(params.redirect_uri)))}</code>.</p>
<form method="post">
${
  who === undefined
    ? `<label for="name">Your name</label>
<input id="name" name="name" autocomplete="username" autofocus required maxlength="${maxNameCharacters}">`
    : `<p>You are signed in as <strong>${escaped(who)}</strong>.</p>`
}
<p role="alert">${isNameMissing ? 'Give a name; any will do.' : ''}</p>
<button name="answer" value="agree">Agree</button>
<button name="answer" value="decline" formnovalidate>Decline</button>
</form>`,
  )
}

function addressOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://sign-in')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
