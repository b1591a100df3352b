import type { Outcome } from '../../../../../contract/protocol.ts'
import { html, nothing, type TemplateResult } from '../../../vendor/lit-html/lit-html.js'
import { duration } from '../../../words.ts'
import { data } from './data.ts'

/** What the server answered, or what went wrong. */
export function outcomeSection(outcome: Outcome): TemplateResult {
  return outcome.ok ? answer(outcome) : failure(outcome)
}

function answer({ text, content, structured }: Extract<Outcome, { ok: true }>): TemplateResult {
  const isPlain = content.every(({ type }) => type === 'text') && structured === undefined
  return html`<section>
    <h3>Answer</h3>
    ${data(text, 'Answer')}
    ${isPlain ? nothing : html`<details><summary>As the server sent it</summary>${data(structured === undefined ? content : { content, structured }, 'As the server sent it')}</details>`}
  </section>`
}

function failure({ error }: Extract<Outcome, { ok: false }>): TemplateResult {
  const { message, cause, retryAfterMs } = error
  return html`<section>
    <h3>Error</h3>
    <p>${message}</p>
    ${retryAfterMs === undefined ? nothing : html`<p class="quiet">Again after ${duration(retryAfterMs)}.</p>`}
    ${cause === undefined ? nothing : html`<h4>Cause</h4>${data(cause, 'Cause')}`}
  </section>`
}
