import type { CallDetails, CallView } from '../../../../wire.ts'
import { badge } from '../../../badge.ts'
import { printed } from '../../../printed.ts'
import { pathTo } from '../../../router.ts'
import { toldOutcome } from '../../../told-outcome.ts'
import { keyed } from '../../../vendor/lit-html/directives/keyed.js'
import { html, nothing, type TemplateResult } from '../../../vendor/lit-html/lit-html.js'
import type { App } from '../../../view.ts'
import { clockTime, duration, toneOfCall } from '../../../words.ts'
import { effectWords, stateWords } from '../call-words.ts'
import { icon } from '../icons.ts'
import { breakableName } from '../names.ts'
import { copyJson } from './copy.ts'
import { DetailsSource, type Fetched } from './details-source.ts'
import { timingBar } from './timing-bar.ts'

const source = new DetailsSource()

/** Everything that is known of one call. Its heading can have the focus. */
export function callDetails(app: App, callId: string, close: () => void): TemplateResult {
  const known = app.state.calls.get(callId)
  const fetched = source.read(callId, known, () => app.redraw())
  const call = known ?? fetched.details?.call
  const content = call ? ofCall(app, call, fetched) : missing(app, fetched)
  return html`<aside class="call-details card" aria-labelledby="call-details-name">
    ${keyed(
      callId,
      html`<header class="row spread">
        <h2 id="call-details-name" tabindex="-1">${breakableName(call?.function ?? 'Call')}</h2>
        <button class="is-quiet small" @click=${close}>Close</button>
      </header>`,
    )}
    ${content}
  </aside>`
}

function missing(app: App, { problem }: Fetched): TemplateResult {
  if (problem === undefined) return html`<p class="quiet">Looking it up …</p>`
  return html`<p class="problem">${problem}</p>${retryButton(app)}`
}

function retryButton(app: App): TemplateResult {
  const retry = () => {
    source.retry()
    app.redraw()
  }
  return html`<button class="small" @click=${retry}>Try again</button>`
}

function ofCall(app: App, call: CallView, { details, problem }: Fetched): TemplateResult {
  const effect = effectWords(call)
  return html`
    <p class="row">
      <span class="state">${icon(call.state)}${badge(stateWords(call), toneOfCall(call.state))}</span>
      ${effect ? html`<strong>${effect}</strong>` : nothing}
    </p>
    ${problem === undefined ? nothing : html`<p class="row problem"><span>What follows may be old: ${problem}</span>${retryButton(app)}</p>`}
    ${facts(app, call)}
    ${timingBar(call, app.now())}
    ${details ? fetchedSections(details) : problem === undefined ? html`<p class="quiet">Looking up the rest …</p>` : nothing}
    ${actions(app, call, details)}
  `
}

function facts({ state }: App, call: CallView): TemplateResult {
  const { callId, server, conversationId, startedAt, sharedWith } = call
  return html`<dl class="facts">
    <dt>Began</dt><dd>${clockTime(startedAt)}</dd>
    <dt>Server</dt><dd>${server === undefined ? 'none took it' : state.servers.has(`/${server}`) ? html`<a href=${pathTo('servers', server)}>${server}</a>` : server}</dd>
    ${sharedWith === undefined ? nothing : html`<dt>Same as</dt><dd>an equal call ran already; this one shares <a href=${pathTo('timeline', sharedWith)}>its outcome</a></dd>`}
    <dt>Call</dt><dd class="mono">${callId}</dd>
    <dt>Conversation</dt><dd class="mono">${conversationId}</dd>
  </dl>`
}

function fetchedSections({ call, arguments: given, outcome, events }: CallDetails): TemplateResult {
  return html`
    <section><h3>Arguments</h3>${printed(given, 'Arguments')}</section>
    ${outcome ? html`<section><h3>${outcome.ok ? 'Answer' : 'Error'}</h3>${toldOutcome(outcome)}</section>` : nothing}
    ${call.attempts.length > 0 ? attempts(call) : nothing}
    ${call.progress.length > 0 ? progress(call) : nothing}
    <section>
      <h3>Events</h3>
      <ol class="event-list">
        ${events.map(
          ({ at, type, text }) =>
            html`<li class="event-row"><span class="when">${after(call, at)}</span><span class="what"><span class="mono">${type}</span><span>${text}</span></span></li>`,
        )}
      </ol>
    </section>
  `
}

function attempts(call: CallView): TemplateResult {
  return html`<section>
    <h3>${call.attempts.length === 1 ? 'One attempt' : `${call.attempts.length} attempts`}</h3>
    <ol class="event-list">
      ${call.attempts.map(
        ({ at, server, generation, code }) =>
          html`<li class="event-row">
            <span class="when">${at === undefined ? '' : after(call, at)}</span>
            <span class="what">
              <span>${server} <span class="quiet">connection ${generation}</span></span>
              ${code === undefined ? badge('running', 'info') : badge(code === 'ok' ? 'answered' : code, code === 'ok' ? 'good' : 'bad')}
            </span>
          </li>`,
      )}
    </ol>
  </section>`
}

function progress(call: CallView): TemplateResult {
  return html`<section>
    <h3>Progress</h3>
    <ol class="event-list">
      ${call.progress.map(
        ({ at, progress, total, message }) =>
          html`<li class="event-row"><span class="when">${after(call, at)}</span><span class="what"><span>${total === undefined ? progress : `${progress} of ${total}`}</span><span>${message ?? ''}</span></span></li>`,
      )}
    </ol>
  </section>`
}

function after({ startedAt }: CallView, at: number): string {
  return `+${duration(at - startedAt)}`
}

function actions(app: App, call: CallView, details: CallDetails | undefined): TemplateResult {
  const actor = [...app.state.actors.values()].find(
    ({ machine, callId }) => machine === 'call' && callId === call.callId,
  )
  const download = `/api/conversations/${encodeURIComponent(call.conversationId)}/download`
  return html`<div class="row actions">
    <button class="small" ?disabled=${details === undefined} @click=${() => details && copyJson(app, details)}>Copy as JSON</button>
    <a class="button small" href=${download} download>Download the call</a>
    ${actor ? html`<a class="button small" href=${pathTo('machines', actor.actorId)}>Its machine</a>` : nothing}
  </div>`
}
