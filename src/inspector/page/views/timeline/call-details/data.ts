import { html, type TemplateResult } from '../../../vendor/lit-html/lit-html.js'

/** Text as it is, anything else as JSON. Long ones scroll, by keyboard too. */
export function data(value: unknown, label: string): TemplateResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return html`<pre class="data" tabindex="0" role="region" aria-label=${label}>${text}</pre>`
}
