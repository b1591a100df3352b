import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { preciseTime } from './words.ts'

/** JSON, to be unfolded part by part. */
export function tree(value: unknown): TemplateResult {
  const parts = partsOf(value)
  if (!parts) return leaf(value)
  return html`<ul class="tree">${repeat(
    parts,
    ([key]) => key,
    ([key, part]) => html`<li>${branch(key, part)}</li>`,
  )}</ul>`
}

function branch(key: string, value: unknown): TemplateResult {
  const parts = partsOf(value)
  const name = html`<span class="key">${key}</span>`
  if (!parts || parts.length === 0) return html`${name} ${parts ? empty(value) : leaf(value)}`
  return html`
    <details>
      <summary>${name} <span class="quiet">${Array.isArray(value) ? countOf(value) : preview(parts)}</span></summary>
      ${tree(value)}
    </details>
  `
}

function partsOf(value: unknown): [key: string, part: unknown][] | undefined {
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined
}

/** The last of a long list says how many more there are. */
function countOf(items: readonly unknown[]): string {
  const last = items.at(-1)
  const more = typeof last === 'string' ? /^… and (\d+) more$/.exec(last)?.[1] : undefined
  const count = more === undefined ? items.length : items.length - 1 + Number(more)
  return count === 1 ? '1 item' : `${count} items`
}

function preview(parts: readonly [string, unknown][]): string {
  const names = parts.slice(0, 4).map(([key]) => key)
  return `{ ${names.join(', ')}${parts.length > names.length ? ', …' : ''} }`
}

function empty(value: unknown): TemplateResult {
  return html`<span class="quiet">${Array.isArray(value) ? 'no items' : 'empty'}</span>`
}

function leaf(value: unknown): TemplateResult {
  if (value === undefined) return html`<span class="quiet">nothing</span>`
  const kind = value === null ? 'null' : typeof value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return html`<span class="value is-${kind}">${text}</span>${isTime(value) ? html` <span class="quiet">${preciseTime(value)}</span>` : nothing}`
}

/** Epoch milliseconds of this century. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > 1e12 && value < 4e12
}
