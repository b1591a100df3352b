import type { ServerView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { printed } from '../../printed.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { age, clockTime, toneOfServer } from '../../words.ts'
import { faultButtons } from './fault-buttons.ts'
import { latencyPlot } from './latency-plot.ts'
import { stateOf, wordsHoldMs, wordsOfProgress } from './server-words.ts'
import { signInLink } from './sign-in-link.ts'

const maxStatesShown = 12

export function serverDetails(app: App, server: ServerView): TemplateResult {
  const { name, lastFailure, rejected, rejectedCount, latencies, logs, states } = server
  const faults = faultButtons(app, server)
  app.redrawWithin(wordsHoldMs(server))
  return html`
    <nav class="small" aria-label="Back"><a href=${pathTo('servers')}>All servers</a></nav>
    <div class="row heading"><h1>${name}</h1>${stateBadge(server)}</div>
    <div class="server-details">
      <div class="stack">
        ${part('now', 'Now', html`${factsOf(app, server)}${signInLink(server)}`)}
        ${part('failure', 'What was last wrong', failure(lastFailure, app.now()))}
        ${part('history', 'States', history(states))}
        ${logs.length === 0 ? nothing : part('log', 'What it logged', logOf(logs))}
      </div>
      ${faults === nothing ? nothing : part('break', 'Break it', faults)}
      <div class="stack">
        ${part('latency', 'Latency', latencyPlot(latencies))}
        ${part('offered', 'Functions', functionsOf(server))}
        ${rejected.length === 0 ? nothing : part('rejected', 'Tools that are left out', leftOut(rejected, rejectedCount))}
      </div>
    </div>
  `
}

function part(id: string, heading: string, content: TemplateResult): TemplateResult {
  return html`<section class="card stack" aria-labelledby=${id}><h2 id=${id}>${heading}</h2>${content}</section>`
}

function leftOut(rejected: ServerView['rejected'], count: number): TemplateResult {
  return html`
    <ul class="plain">
      ${rejected.map(({ name, reason }) => html`<li><code>${name}</code> <span class="small">${reason}</span></li>`)}
    </ul>
    ${andMore(count - rejected.length)}
  `
}

function stateBadge(server: ServerView): TemplateResult {
  const { word, tone } = stateOf(server)
  return badge(word, tone)
}

function factsOf(app: App, server: ServerView): TemplateResult {
  const { transport, pid, group, generation, inFlight, peer, pingMs, since, isDisabled, state } = server
  const now = app.now()
  const progress = wordsOfProgress(server, now)
  const facts: [string, string | undefined][] = [
    ['since', isDisabled ? undefined : `${clockTime(since)}, for ${age(now - since)}`],
    ['what happens', progress],
    ['process', transport === 'stdio' ? `${pid ?? 'none now'}` : 'on the other side of HTTP'],
    ['connections made', `${generation}`],
    ['calls in flight', `${inFlight}`],
    ['group', group],
    ['server', peer && `${peer.name} ${peer.version}`.trim()],
    ['protocol', peer && [`MCP ${peer.protocolVersion}`, peer.transport].filter(Boolean).join(' over ')],
    ['capabilities', peer && (peer.capabilities.join(', ') || 'none')],
    ['first ping', pingMs === undefined ? undefined : `${pingMs} ms`],
    ['only for conversation', server.conversationId],
  ]
  return html`
    <dl class="server-facts" data-state=${state}>
      ${facts.map(([label, value]) =>
        value === undefined ? nothing : html`<div><dt>${label}</dt><dd>${value}</dd></div>`,
      )}
    </dl>
  `
}

function failure(last: ServerView['lastFailure'], now: number): TemplateResult {
  if (!last) return html`<p class="quiet">Nothing that a page has seen.</p>`
  const { at, error, stderr } = last
  return html`
    <p>${error}</p>
    <p class="small quiet">at ${clockTime(at)}, ${age(now - at)} ago</p>
    ${
      stderr === undefined
        ? nothing
        : html`<h3>What it wrote to stderr</h3>${printed(stderr, 'What it wrote to stderr')}`
    }
  `
}

function history(states: ServerView['states']): TemplateResult {
  const shown = states.slice(-maxStatesShown).reverse()
  return html`
    <ol class="plain" aria-label="States, the newest first">
      ${shown.map(
        ({ at, state }) =>
          html`<li><time class="mono quiet">${clockTime(at)}</time> ${badge(state, toneOfServer(state))}</li>`,
      )}
    </ol>
  `
}

function logOf(logs: ServerView['logs']): TemplateResult {
  return html`
    <ol class="plain" aria-label="Its log, the newest first">
      ${logs.toReversed().map(
        ({ at, level, logger, text, dropped }) => html`
          <li>
            <time class="mono quiet">${clockTime(at)}</time>
            <span class="small">${level}${logger === undefined ? nothing : html`, ${logger}`}</span>
            <span class="words">${text}</span>
            ${dropped === undefined ? nothing : html`<span class="small quiet">(${dropped} before it left out)</span>`}
          </li>
        `,
      )}
    </ol>
  `
}

function functionsOf({ functions, functionCount, conversationId, listed }: ServerView): TemplateResult {
  if (functions.length === 0) {
    return html`<p class="quiet">${listed ? 'It offers none.' : 'It has not told them yet.'}</p>`
  }
  const own = conversationId === undefined ? [] : [conversationId]
  return html`
    <ul class="function-links">
      ${functions.map((name) => html`<li><a href=${pathTo('functions', name, ...own)}><code>${name}</code></a></li>`)}
    </ul>
    ${andMore(functionCount - functions.length)}
  `
}

/** The page is told of the first few. */
function andMore(count: number): TemplateResult | typeof nothing {
  return count > 0 ? html`<p class="quiet small">and ${count} more</p>` : nothing
}
