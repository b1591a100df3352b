import type { FunctionView } from '../../../wire.ts'
import { badge } from '../../badge.ts'
import { pathTo } from '../../router.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { matching } from './matching.ts'

const maxShown = 200

let filter = ''
let isWhole = false

function functionPath({ name, conversationId }: Pick<FunctionView, 'name' | 'conversationId'>): string {
  return conversationId === undefined ? pathTo('functions', name) : pathTo('functions', name, conversationId)
}

export function functionList(app: App): TemplateResult {
  const { functions } = app.state
  const type = (event: Event) => {
    if (!(event.target instanceof HTMLInputElement)) return
    filter = event.target.value
    isWhole = false
    app.redraw()
  }
  // A thousand rows are not drawn again for a clock that ticks.
  return html`
    <h1>Functions</h1>
    <div class="row function-filter">
      <label for="filter">Filter</label>
      <input id="filter" type="search" autocomplete="off" spellcheck="false" .value=${filter} @input=${type} />
    </div>
    ${guard([functions, filter, isWhole], () => rows(app, functions))}
  `
}

function rows(app: App, functions: readonly FunctionView[]): TemplateResult {
  const found = matching(functions, filter)
  const shown = isWhole ? found : found.slice(0, maxShown)
  const showAll = () => {
    isWhole = true
    app.redraw()
  }
  return html`
    <p class="small quiet" role="status">${countOf(found.length, functions.length)}</p>
    <ul class="functions card">${shown.map(row)}</ul>
    ${
      shown.length === found.length
        ? nothing
        : html`<button @click=${showAll}>Show all ${found.length}; these are the first ${shown.length}</button>`
    }
  `
}

function countOf(found: number, all: number): string {
  if (all === 0) return 'No function is offered now.'
  return found === all ? `${all} ${all === 1 ? 'function' : 'functions'}` : `${found} of ${all} functions`
}

function row(one: FunctionView): TemplateResult {
  const { name, title, description, servers, callable, conversationId } = one
  return html`
    <li>
      <a href=${functionPath(one)}><code>${name}</code></a>
      <span class="small about">${title === undefined ? nothing : html`<strong>${title}</strong> `}${description}</span>
      <span class="small quiet servers-of">${servers.join(', ')}${conversationId === undefined ? '' : `, only for ${conversationId}`}</span>
      ${callable ? badge('callable', 'good') : badge('not now', 'warn')}
    </li>
  `
}
