import type { Outcome } from '../../../../contract/protocol.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { toldOutcome } from '../../told-outcome.ts'
import { ref } from '../../vendor/lit-html/directives/ref.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { duration, wordsOfEffect } from '../../words.ts'

/** What became of a call: the server's own answer, or what is known of why there is none. */
export function outcomeView(outcome: Outcome): TemplateResult {
  return html`
    <div class="stack">
      <div class="row">
        ${outcome.ok ? badge('answered', 'good') : badge(outcome.error.code, 'bad')}
        <span>${outcome.ok ? `by ${outcome.server}` : wordsOfEffect(outcome.error.code, outcome.error.effect)}</span>
        <span class="quiet small">after ${duration(outcome.durationMs)}</span>
        <a class="small" href=${pathTo('calls', outcome.callId)}>Show the call</a>
      </div>
      ${toldOutcome(outcome)} ${attemptsOf(outcome)}
    </div>
  `
}

function attemptsOf({ attempts }: Outcome): TemplateResult | typeof nothing {
  if (attempts.length < 2) return nothing
  return html`
    <ol class="small" aria-label="Attempts">
      ${attempts.map(({ server, generation, code }) => html`<li>${server}, connection ${generation}: ${code ?? 'running'}</li>`)}
    </ol>
  `
}

export interface QuestionView {
  message: string
  confirm(): void
  decline(): void
}

/** Somebody has to read it and say yes. */
export function questionView({ message, confirm, decline }: QuestionView): TemplateResult {
  return html`
    <div class="question stack" role="group" aria-labelledby="question" tabindex="-1" ${ref(focusSoon)}>
      <p id="question">${message}</p>
      <div class="row">
        <button class="is-primary" @click=${confirm}>Yes, run it</button>
        <button @click=${decline}>No</button>
      </div>
    </div>
  `
}

/** The same function with every drawing: called when it appears. */
function focusSoon(element: Element | undefined): void {
  if (element instanceof HTMLElement) requestAnimationFrame(() => element.focus())
}
