import type { ActorView, StepView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { duration } from '../../words.ts'
import { eventWords, preciseTime, stateWords, titleOf, toneOf } from './words.ts'

export interface Status {
  actor: ActorView
  /** Of its steps, the one that is looked at. */
  chosen: StepView | undefined
  isForgotten: boolean
  now: number
}

export function statusCard({ actor, chosen, isForgotten, now }: Status): TemplateResult {
  const { activeStates } = chosen ?? actor
  return html`
    <div class="card machine-status">
      <div class="row">
        <h1>${titleOf(actor)}</h1>
        ${badge(stateWords(activeStates), toneOf(actor.machine, activeStates))}
        ${chosen ? past(chosen, now) : present(actor, now)}
        <span class="small quiet about">${about(actor, isForgotten)}</span>
      </div>
      ${chosen ? nothing : delays(actor, now)}
    </div>
  `
}

function past({ event, at }: StepView, now: number): TemplateResult {
  return html`<span>
    as it was after <code>${eventWords(event)}</code> at ${preciseTime(at)}, ${duration(now - at)} ago
  </span>`
}

function present({ since, isDone }: ActorView, now: number): TemplateResult {
  if (isDone) return html`<span class="quiet">ended</span>`
  return html`<span class="quiet">for ${duration(now - since)}</span>`
}

function about({ server, callId, machine, conversationId }: ActorView, isForgotten: boolean): unknown {
  if (isForgotten)
    return 'It has ended, and Switchboard has forgotten it: what you see is what this page knew.'
  if (server !== undefined) {
    const own = conversationId === undefined ? [] : [conversationId]
    return html`<a href=${pathTo('servers', server, ...own)}>Go to the server</a>`
  }
  if (callId !== undefined) return html`<a href=${pathTo('calls', callId)}>Go to the call in the timeline</a>`
  return machine === 'supervisor'
    ? 'The parent of the servers’ machines.'
    : 'The parent of its calls’ machines.'
}

/** What will come by itself, soonest first. */
function delays({ timers }: ActorView, now: number): TemplateResult | typeof nothing {
  if (timers.length === 0) return nothing
  const soonest = [...timers].sort((one, other) => one.dueAt - other.dueAt)
  return html`
    <ul class="delays" aria-label="Delays that run">
      ${soonest.map(({ event, dueAt, startedAt }) => {
        return html`<li>
          <code>${eventWords(event)}</code>
          <progress max=${dueAt - startedAt} value=${Math.min(now, dueAt) - startedAt} aria-label=${eventWords(event)}></progress>
          <span class="left">${duration(dueAt - now)}</span>
        </li>`
      })}
    </ul>
  `
}
