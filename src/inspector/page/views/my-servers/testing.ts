import type { RegisteredServer, TestResult } from '../../../../registry/wire.ts'
import { badge } from '../../badge.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { clockTime, duration, toneOfServer } from '../../words.ts'
import { type EndedTest, holds, type OwnServers } from './own-servers.ts'
import { count, lastSeenWords, problemLine } from './words.ts'

/** What it offers, as the last test found it; or else as it was last seen. */
export function testPart(app: App, own: OwnServers, server: RegisteredServer): TemplateResult {
  const { id, lastSeen } = server
  const test = own.tests.get(id)
  const isRunning = test !== undefined && 'startedAt' in test
  if (isRunning) app.redrawWithin(100)
  return html`<section class="card stack" aria-labelledby="test">
    <h2 id="test">What it offers</h2>
    <div class="row">
      <button class="is-primary" aria-disabled=${isRunning} @click=${() => void own.test(id)}>${isRunning ? 'Testing …' : 'Test it'}</button>
      ${isRunning ? html`<span class="small quiet">for ${duration(Date.now() - test.startedAt)}</span>` : nothing}
      ${test && 'result' in test ? ended(test, server) : nothing}
    </div>
    ${test && 'problem' in test ? problemLine(test.problem) : nothing}
    ${test && 'result' in test ? found(test.result, holds(test, server)) : seen(lastSeen, app.now())}
  </section>`
}

/** What does not hold any more is not shown as if it did. */
function ended(test: EndedTest, server: RegisteredServer): TemplateResult {
  const { status, durationMs } = test.result
  const isNow = holds(test, server)
  return html`${badge(status, isNow ? toneOfServer(status) : 'plain')}<span class="small ${isNow ? '' : 'quiet'}">after ${duration(durationMs)}, at ${clockTime(test.endedAt)}${isNow ? '' : ', before the last change'}</span>`
}

function found({ problem, peer, functions, rejected }: TestResult, isNow: boolean): TemplateResult {
  if (!isNow) {
    if (functions.length === 0) return html``
    return html`<p class="small quiet own-text">It offered ${functions.map(({ name }) => name).join(', ')}.</p>`
  }
  return html`
    ${problemLine(problem)}
    ${peer ? html`<p class="small quiet">${`${peer.name} ${peer.version}`.trim()}, MCP ${peer.protocolVersion}, ${count(functions.length)}</p>` : nothing}
    <ul class="plain">
      ${functions.map(({ name, description }) => html`<li><code>${name}</code> <span class="small quiet">${description}</span></li>`)}
      ${rejected.map(({ name, reason }) => html`<li><code>${name}</code> <span class="small problem">left out: ${reason}</span></li>`)}
    </ul>
  `
}

function seen(lastSeen: RegisteredServer['lastSeen'], now: number): TemplateResult | typeof nothing {
  if (!lastSeen || lastSeen.functions.length === 0) return nothing
  const { functions } = lastSeen
  return html`<p class="small quiet">As it was ${lastSeenWords(lastSeen, now)}.</p><ul class="function-links">${functions.map((name) => html`<li><code>${name}</code></li>`)}</ul>`
}
