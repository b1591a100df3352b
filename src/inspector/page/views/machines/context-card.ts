import type { StepView } from '../../../wire.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { DetailsReader } from './details.ts'
import { tree } from './tree.ts'

/** What a machine holds, and what came in the step that is looked at. Secrets are masked where it comes from. */
export function contextCard(
  { details, problem }: DetailsReader,
  chosen: StepView | undefined,
): TemplateResult {
  const isEventKnown = chosen && details && 'event' in details
  return html`
    ${isEventKnown ? card('Event', html`${guard([details], () => tree(details.event))}`) : nothing}
    ${card(chosen ? 'Context after it' : 'Context', content())}
  `

  function content(): TemplateResult {
    if (problem !== undefined) return html`<p role="alert">${problem}</p>`
    if (!details) return html`<p class="quiet small">…</p>`
    return html`${guard([details], () => tree(details.context))}`
  }
}

function card(title: string, content: TemplateResult): TemplateResult {
  return html`<section class="card context-card"><h2>${title}</h2>${content}</section>`
}
