import type { Outcome } from '../../contract/protocol.ts'
import { printed } from './printed.ts'
import { html, nothing, type TemplateResult } from './vendor/lit-html/lit-html.js'
import { duration } from './words.ts'

/** What the server answered, or what went wrong. */
export function toldOutcome(outcome: Outcome): TemplateResult {
  return html`<div class="stack told">${outcome.ok ? answer(outcome) : failure(outcome.error)}</div>`
}

function answer({ text, content, structured }: Outcome & { ok: true }): TemplateResult {
  const isPlain = content.every(({ type }) => type === 'text') && structured === undefined
  const label = 'As the server sent it'
  const sent = structured === undefined ? content : { content, structured }
  return html`
    ${text === '' ? html`<p class="quiet">The answer has no text.</p>` : printed(text, 'Answer')}
    ${isPlain ? nothing : html`<details><summary>${label}</summary>${printed(sent, label)}</details>`}
  `
}

function failure({ message, cause, retryAfterMs }: (Outcome & { ok: false })['error']): TemplateResult {
  return html`
    <p>${message}</p>
    ${retryAfterMs === undefined ? nothing : html`<p class="small quiet">Worth another try in ${duration(retryAfterMs)}.</p>`}
    ${cause === undefined ? nothing : html`<p class="small quiet">Its cause:</p>${printed(cause, 'Cause')}`}
  `
}
