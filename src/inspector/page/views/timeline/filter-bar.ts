import type { ConversationView } from '../../../wire.ts'
import type { State } from '../../store.ts'
import { live } from '../../vendor/lit-html/directives/live.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { type CallFilter, isFiltering, noFilter, outcomeFilters } from './filter.ts'
import { conversationTitle } from './names.ts'
import { hasVoice } from './stretches.ts'

/** Of the conversations that can be chosen, the newest. */
const maxConversations = 100

export interface FilterBar {
  filter: CallFilter
  choose(filter: CallFilter): void
  /** On a narrow screen all but the text is hidden at first. */
  isUnfolded: boolean
  unfold(isUnfolded: boolean): void
}

export function filterBar(state: State, { filter, choose, isUnfolded, unfold }: FilterBar): TemplateResult {
  const chosen = [filter.function, filter.server, filter.conversationId, filter.outcome === 'all' ? '' : 'x']
  const count = chosen.filter(Boolean).length
  const setText = (event: Event) => choose({ ...filter, text: chosenIn(event) })
  return html`<form class=${`timeline-filter ${isUnfolded ? 'is-unfolded' : ''}`} role="search" aria-label="Filter the calls" @submit=${prevent}>
    <label class="filter-field is-text">
      <span>Text</span>
      <input type="search" placeholder="name, argument, answer, id …" autocomplete="off" .value=${live(filter.text)} @input=${setText} />
    </label>
    <button type="button" class="unfold" aria-expanded=${isUnfolded ? 'true' : 'false'} @click=${() => unfold(!isUnfolded)}>
      ${count === 0 ? 'Filter' : `Filter (${count})`}
    </button>
    ${fields(state, filter).map((field) => select(field, (value) => choose({ ...filter, ...field.chosen(value) })))}
    ${isFiltering(filter) ? html`<button type="button" @click=${() => choose(noFilter)}>Show all</button>` : nothing}
  </form>`
}

interface Field {
  label: string
  value: string
  options: { value: string; label: string }[]
  chosen(value: string): Partial<CallFilter>
}

function fields({ functions, servers, conversations, calls }: State, filter: CallFilter): Field[] {
  const called = [...calls.values()].map((call) => call.function)
  const all = (label: string, options: Field['options']) => [{ value: '', label }, ...options]
  return [
    {
      label: 'Function',
      value: filter.function,
      options: all('all functions', named([...functions.map(({ name }) => name), ...called])),
      chosen: (value) => ({ function: value }),
    },
    {
      label: 'Server',
      value: filter.server,
      options: all('all servers', named([...servers.values()].map(({ name }) => name))),
      chosen: (server) => ({ server }),
    },
    {
      label: 'Conversation',
      value: filter.conversationId,
      options: all('all conversations', spoken(conversations.values())),
      chosen: (conversationId) => ({ conversationId }),
    },
    {
      label: 'Outcome',
      value: filter.outcome,
      options: outcomeFilters.map((value) => ({ value, label: value === 'all' ? 'all outcomes' : value })),
      chosen: (value) => ({ outcome: outcomeFilters.find((one) => one === value) ?? noFilter.outcome }),
    },
  ]
}

function named(names: readonly string[]): Field['options'] {
  return [...new Set(names)].sort().map((value) => ({ value, label: value }))
}

/** Of those in which somebody spoke, the newest. */
function spoken(conversations: Iterable<ConversationView>): Field['options'] {
  return [...conversations]
    .filter(({ marks }) => hasVoice(marks))
    .sort((one, other) => other.startedAt - one.startedAt)
    .slice(0, maxConversations)
    .map((one) => ({ value: one.conversationId, label: conversationTitle(one) }))
}

/** What is chosen stays so where it cannot be chosen any more. */
function select({ label, value, options }: Field, choose: (value: string) => void): TemplateResult {
  const shown = options.some((option) => option.value === value)
    ? options
    : [...options, { value, label: value }]
  return html`<label class="filter-field">
    <span>${label}</span>
    <select @change=${(event: Event) => choose(chosenIn(event))}>
      ${shown.map((option) => html`<option value=${option.value} .selected=${live(option.value === value)}>${option.label}</option>`)}
    </select>
  </label>`
}

function chosenIn({ target }: Event): string {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : ''
}

function prevent(event: Event): void {
  event.preventDefault()
}
