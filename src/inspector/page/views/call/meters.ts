import { ref } from '../../vendor/lit-html/directives/ref.js'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'

type Who = 'caller' | 'agent'

/** Below it a microphone that is open hears nothing but itself. */
const silentDecibels = -54

/** Drawn past the templates: it comes fifty times a second. */
const meters = new Map<Who, Element>()

export function showLevel(who: Who, level: number): void {
  const decibels = level > 0 ? 20 * Math.log10(level) : silentDecibels
  const shown = Math.min(1, Math.max(0, 1 - decibels / silentDecibels))
  const meter = meters.get(who)
  if (meter instanceof HTMLElement) meter.style.setProperty('--level', shown.toFixed(3))
}

/** The same ones with every drawing: only what has changed is called. */
const keep = {
  caller: (element: Element | undefined) => remember('caller', element),
  agent: (element: Element | undefined) => remember('agent', element),
}

function remember(who: Who, element: Element | undefined): void {
  if (element) meters.set(who, element)
  else meters.delete(who)
}

/** How loud somebody is; who does not see it has the words beside it. */
export function meter(who: Who, label: string): TemplateResult {
  return html`
    <div class="meter is-${who}">
      <span>${label}</span>
      <span class="bar" aria-hidden="true" ${ref(keep[who])}></span>
    </div>
  `
}
