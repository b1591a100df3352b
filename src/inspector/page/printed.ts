import { html, type TemplateResult } from './vendor/lit-html/lit-html.js'

/** What a program wrote: text as it is, anything else as JSON. Long ones scroll, by keyboard too. */
export function printed(value: unknown, label: string): TemplateResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return html`<pre class="printed" tabindex="0" role="region" aria-label=${label}>${text}</pre>`
}
