import type { ServerView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { serverKey } from '../../store.ts'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { age, duration } from '../../words.ts'
import { faultButtons } from './fault-buttons.ts'
import { percentile, stateOf, wordsHoldMs, wordsOfProgress } from './server-words.ts'
import { signInLink } from './sign-in-link.ts'

function serverPath({ name, conversationId }: ServerView): string {
  return conversationId === undefined ? pathTo('servers', name) : pathTo('servers', name, conversationId)
}

export function serverList(app: App): TemplateResult {
  return html`<h1>Servers</h1>${serverCards(app)}`
}

export function serverCards(app: App): TemplateResult {
  const servers = [...app.state.servers.values()]
  if (servers.length === 0 && app.state.facts?.hasRegistry) {
    return html`<p class="quiet">No server is configured for everybody; a call has <a href=${pathTo('my-servers')}>your own</a>.</p>`
  }
  if (servers.length === 0) {
    return html`<p class="quiet">No server is configured. Put some under "mcpServers" and open the page with --config.</p>`
  }
  app.redrawWithin(Math.min(...servers.map(wordsHoldMs)))
  return html`<ul class="servers">${repeat(servers, serverKey, (server) => card(app, server))}</ul>`
}

function card(app: App, server: ServerView): TemplateResult {
  const { name, since, conversationId, lastError, isDisabled } = server
  const { word, tone } = stateOf(server)
  const now = app.now()
  const progress = wordsOfProgress(server, now)
  return html`
    <li class="card server">
      <div class="row spread">
        <h2><a href=${serverPath(server)}>${name}</a></h2>
        ${badge(word, tone)}
      </div>
      <p class="small quiet">
        ${isDisabled ? nothing : html`${word} for ${age(now - since)}`}${progress === undefined || isDisabled ? nothing : ' · '}${progress ?? nothing}
      </p>
      <p class="small">${numbersOf(server)}</p>
      ${conversationId === undefined ? nothing : html`<p class="small quiet">Only for the conversation <code>${conversationId}</code></p>`}
      ${lastError === undefined || isDisabled ? nothing : html`<p class="small problem one-line" title=${lastError}>${lastError}</p>`}
      ${signInLink(server)} ${faultButtons(app, server, { isCompact: true })}
    </li>
  `
}

function numbersOf({ functionCount, inFlight, latencies, transport }: ServerView): string {
  const half = percentile(
    latencies.map(({ ms }) => ms),
    0.5,
  )
  return [
    transport === 'stdio' ? 'stdio' : 'HTTP',
    `${functionCount} ${functionCount === 1 ? 'function' : 'functions'}`,
    ...(inFlight > 0 ? [`${inFlight} in flight`] : []),
    ...(half === undefined ? [] : [`p50 ${duration(half)}`]),
  ].join(' · ')
}
