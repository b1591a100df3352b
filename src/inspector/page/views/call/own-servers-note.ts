import type { RegisteredServer } from '../../../../registry/wire.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { wantsSignIn } from '../my-servers/words.ts'

/** Why what the user's own servers offer is not among the sentences, and what has to be done first. Nothing before they are known. */
export function ownServersNote(
  servers: readonly RegisteredServer[] | undefined,
  isCalling: boolean,
): TemplateResult | typeof nothing {
  if (!servers) return nothing
  const mine = html`<a href=${pathTo('my-servers')}>My servers</a>`
  if (servers.length === 0)
    return html`<p class="small own-note">You have no servers of your own yet. Add one in ${mine}.</p>`
  const enabled = servers.filter((server) => server.enabled)
  const waiting = enabled.filter(wantsSignIn)
  return html`
    ${isCalling ? nothing : html`<p class="small own-note">${enabled.length === 0 ? 'Your own servers are disabled' : 'Your own servers connect when you call'}: ${mine}.</p>`}
    ${waiting.map(
      ({ id, name }) =>
        html`<p class="small own-note">${name} waits for you to sign in. <a href=${pathTo('my-servers', id)}>Sign in<span class="visually-hidden"> at ${name}</span></a></p>`,
    )}
  `
}
