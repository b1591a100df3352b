import { classMap } from './vendor/lit-html/directives/class-map.js'
import { html, type TemplateResult } from './vendor/lit-html/lit-html.js'
import type { Tone } from './words.ts'

/** One word in a colour. */
export function badge(text: string, tone: Tone): TemplateResult {
  return html`<span class=${classMap({ badge: true, [`is-${tone}`]: tone !== 'plain' })}>${text}</span>`
}
