import type { RegisteredServer } from '../../../../registry/wire.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { isCallRunning } from '../../voice/own-phone.ts'
import { changeForm } from './change.ts'
import type { OwnServers } from './own-servers.ts'
import { removal } from './removal.ts'
import { testPart } from './testing.ts'
import { problemLine, sinceWhen, statusBadge, wantsSignIn } from './words.ts'

export function details(app: App, own: OwnServers, server: RegisteredServer): TemplateResult {
  const { id, name, enabled } = server
  const attempt = (doIt: () => Promise<void>) => void own.try(server, doIt)
  return html`
    <nav class="small" aria-label="Back"><a href=${pathTo('my-servers')}>All my servers</a></nav>
    <div class="row heading"><h1>${name}</h1>${statusBadge(server)}</div>
    <div class="server-details">
      <div class="stack">
        ${signInBox(own, server)} ${problemLine(own.problems.get(id))}
        <section class="card stack" aria-labelledby="now">
          <h2 id="now">Now</h2>
          ${facts(app, server)}
          <div class="row">
            <button @click=${() => attempt(() => own.change(server, { enabled: !enabled }))}>${enabled ? 'Disable' : 'Enable'}</button>
            ${
              server.authorization.kind === 'oauth' && server.authorization.state !== 'signed_out'
                ? html`<button @click=${() => attempt(() => own.signOut(server))}>Sign out</button>`
                : nothing
            }
          </div>
        </section>
        ${testPart(app, own, server)}
      </div>
      <div class="stack">${changeForm(app, own, server)} ${removal(app, own, server)}</div>
    </div>
  `
}

/** Where to go on, when the server is of no use before somebody has signed in. */
export function signInBox(own: OwnServers, server: RegisteredServer): TemplateResult | typeof nothing {
  if (!wantsSignIn(server) || !server.enabled) return nothing
  const { authorization, name } = server
  const isMore = authorization.kind === 'oauth' && authorization.state === 'more_needed'
  const isCalling = isCallRunning()
  // To leave this page would end its call.
  const signIn = () => (isCalling ? own.signInElsewhere(server) : own.signIn(server))
  return html`<div class="question row spread">
    <span>${isMore ? 'It wants more than you have agreed to.' : 'It wants you to sign in.'}${isCalling ? html` <span class="small quiet">Opens another tab; your call goes on.</span>` : nothing}</span>
    <button class="is-primary" @click=${() => void own.try(server, signIn)}>Sign in<span class="visually-hidden"> at ${name}</span></button>
  </div>`
}

function facts(app: App, server: RegisteredServer): TemplateResult {
  const { url, lastSeen, authorization, enabled } = server
  const rows: [string, string | undefined][] = [
    ['status', sinceWhen(server, app.now())],
    ['address', url],
    ['problem', enabled ? lastSeen?.problem : undefined],
    ['signed in', signedIn(server)],
    ['headers', authorization.kind === 'headers' ? `${authorization.names.join(', ')}: stored` : undefined],
  ]
  return html`<dl class="server-facts own-facts">
    ${rows.map(([label, value]) => (value === undefined ? nothing : html`<div><dt>${label}</dt><dd>${value}</dd></div>`))}
  </dl>`
}

function signedIn({ authorization }: RegisteredServer): string | undefined {
  if (authorization.kind !== 'oauth') return undefined
  const { state, issuer, scopes } = authorization
  if (state === 'signed_out') return 'no'
  const host = issuer === undefined ? '' : ` at ${new URL(issuer).host}`
  return `yes${host}${scopes.length > 0 ? `, for ${scopes.join(', ')}` : ''}`
}
