import type { FaultRequest, ServerView } from '../../../wire.ts'
import { ask, wordsOfError } from '../../api.ts'
import { serverKey } from '../../store.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { type FaultSlot, faultSlots, wordsOfFault } from './fault-words.ts'

const defaultDelayMs = 300
const maxDelayMs = 60_000

/** By `serverKey`. */
const delays = new Map<string, number>()
const problems = new Map<string, string>()

export interface FaultButtonsOptions {
  /** Without the words that say what each does. */
  isCompact?: boolean
}

/** What can be done to a server to see what happens; nothing where the page may not. */
export function faultButtons(
  app: App,
  server: ServerView,
  { isCompact = false }: FaultButtonsOptions = {},
): TemplateResult | typeof nothing {
  if (!app.state.facts?.canBreak) return nothing
  const key = serverKey(server)
  const delayMs = delayOf(server)
  const slots = faultSlots(server, delayMs)
  const problem = problems.get(key)
  const press = (slot: FaultSlot) => void doFault(app, server, slot)
  return html`
    <div class="faults" role="group" aria-label=${`Break ${server.name}`}>
      ${isCompact ? compact(slots, server.name, press) : explained(app, slots, server, press)}
      ${problem === undefined ? nothing : html`<p class="problem small" role="alert">${problem}</p>`}
    </div>
  `
}

function compact(slots: FaultSlot[], name: string, press: (slot: FaultSlot) => void): TemplateResult {
  return html`<div class="row">${slots.map((slot) => button(slot, name, press))}</div>`
}

function explained(
  app: App,
  slots: FaultSlot[],
  server: ServerView,
  press: (slot: FaultSlot) => void,
): TemplateResult {
  return html`
    <ul class="fault-list">
      ${slots.map(
        (slot) => html`<li>
          ${button(slot, server.name, press)}
          <span class="small">${slot.explanation}</span>
          ${slot.action === 'slow' ? delayField(app, server) : nothing}
        </li>`,
      )}
    </ul>
  `
}

/** It is never really disabled, for then it would lose the focus. */
function button(slot: FaultSlot, name: string, press: (slot: FaultSlot) => void): TemplateResult {
  const { label, explanation, isOffered } = slot
  return html`<button
    class="fault small"
    aria-disabled=${isOffered ? 'false' : 'true'}
    title=${explanation}
    @click=${() => isOffered && press(slot)}
  >${label}<span class="visually-hidden"> ${name}</span></button>`
}

function delayField(app: App, server: ServerView): TemplateResult {
  const change = (event: Event) => {
    if (!(event.target instanceof HTMLInputElement)) return
    const given = Math.round(event.target.valueAsNumber)
    const usable = Number.isNaN(given) ? defaultDelayMs : Math.min(Math.max(given, 1), maxDelayMs)
    event.target.value = String(usable)
    delays.set(serverKey(server), usable)
    app.redraw()
  }
  return html`<label class="row small">
    by <input class="delay" type="number" min="1" max=${maxDelayMs} step="1" .value=${String(delayOf(server))} @change=${change} /> ms each way
  </label>`
}

function delayOf(server: ServerView): number {
  return delays.get(serverKey(server)) ?? defaultDelayMs
}

async function doFault(app: App, server: ServerView, slot: FaultSlot): Promise<void> {
  const { name, conversationId, slowedByMs } = server
  const { action } = slot
  const request: FaultRequest = {
    action,
    ...(action === 'slow' ? { delayMs: slowedByMs > 0 ? 0 : delayOf(server) } : {}),
    ...(conversationId === undefined ? {} : { conversationId }),
  }
  try {
    await ask(`/api/servers/${encodeURIComponent(name)}/fault`, { body: request })
    problems.delete(serverKey(server))
    app.announce(wordsOfFault(name, action))
  } catch (error) {
    problems.set(serverKey(server), wordsOfError(error))
  }
  app.redraw()
}
