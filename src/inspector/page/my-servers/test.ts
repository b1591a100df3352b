import type { RegisteredServer, TestResult } from '../../../registry/wire.ts'
import { badge } from '../badge.ts'
import { html, nothing, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App } from '../view.ts'
import { clockTime, duration, toneOfServer } from '../words.ts'
import type { OwnServers } from './own-servers.ts'
import { count, problemLine } from './words.ts'

/** What it offers, as the last test found it; or else as it was last seen. */
export function testPart(app: App, own: OwnServers, { id, lastSeen }: RegisteredServer): TemplateResult {
  const test = own.tests.get(id)
  const isRunning = test !== undefined && 'startedAt' in test
  if (isRunning) app.redrawWithin(100)
  return html`<section class="card stack" aria-labelledby="test">
    <h2 id="test">What it offers</h2>
    <div class="row">
      <button class="is-primary" aria-disabled=${isRunning} @click=${() => void own.test(id)}>${isRunning ? 'Testing …' : 'Test it'}</button>
      ${isRunning ? html`<span class="small quiet">for ${duration(Date.now() - test.startedAt)}</span>` : nothing}
      ${test && 'result' in test ? html`${badge(test.result.status, toneOfServer(test.result.status))}<span class="small">after ${duration(test.result.durationMs)}, at ${clockTime(test.endedAt)}</span>` : nothing}
    </div>
    ${test && 'problem' in test ? problemLine(test.problem) : nothing}
    ${test && 'result' in test ? found(test.result) : seen(lastSeen?.functions)}
  </section>`
}

function found({ problem, peer, functions, rejected }: TestResult): TemplateResult {
  return html`
    ${problemLine(problem)}
    ${peer ? html`<p class="small quiet">${`${peer.name} ${peer.version}`.trim()}, MCP ${peer.protocolVersion}, ${count(functions.length)}</p>` : nothing}
    <ul class="plain">
      ${functions.map(({ name, description }) => html`<li><code>${name}</code> <span class="small quiet">${description}</span></li>`)}
      ${rejected.map(({ name, reason }) => html`<li><code>${name}</code> <span class="small problem">left out: ${reason}</span></li>`)}
    </ul>
  `
}

function seen(functions: readonly string[] = []): TemplateResult {
  return html`<ul class="function-links">${functions.map((name) => html`<li><code>${name}</code></li>`)}</ul>`
}
