import { html, nothing, type TemplateResult } from '../../../vendor/lit-html/lit-html.js'
import type { Field } from './fields.ts'
import type { Typed } from './values.ts'

export interface FieldsView {
  fields: readonly Field[]
  typed: Typed
  problems: ReadonlyMap<string, string>
  onType(name: string, text: string): void
}

/** A field for each argument, with its label, what it is for, and what is wrong with it. */
export function fieldsView({ fields, typed, problems, onType }: FieldsView): TemplateResult {
  return html`${fields.map((field) => {
    const { name } = field
    return fieldView(field, typed.get(name) ?? '', problems.get(name), (text) => onType(name, text))
  })}`
}

function fieldView(
  field: Field,
  text: string,
  problem: string | undefined,
  onType: (text: string) => void,
): TemplateResult {
  const { name, label, description, hint, isRequired } = field
  const id = idOf(name)
  const described = [
    ...(description === '' ? [] : [`${id}-about`]),
    ...(hint === '' ? [] : [`${id}-hint`]),
    ...(problem === undefined ? [] : [`${id}-problem`]),
  ].join(' ')
  return html`
    <div class="field ${problem === undefined ? '' : 'is-wrong'}">
      <label for=${id}>
        ${label}${label === name ? nothing : html` <code class="quiet">${name}</code>`}
        ${isRequired ? html`<span class="quiet small">required</span>` : nothing}
      </label>
      ${description === '' ? nothing : html`<p class="small quiet" id=${`${id}-about`}>${description}</p>`}
      ${control(field, { id, described, text, isWrong: problem !== undefined, onType })}
      ${hint === '' ? nothing : html`<p class="small quiet" id=${`${id}-hint`}>${hint}</p>`}
      ${problem === undefined ? nothing : html`<p class="small problem" id=${`${id}-problem`}>${problem}</p>`}
    </div>
  `
}

interface Control {
  id: string
  described: string
  text: string
  isWrong: boolean
  onType(text: string): void
}

function control(field: Field, { id, described, text, isWrong, onType }: Control): TemplateResult {
  const { kind, choices, isRequired, examples } = field
  const type = (event: Event) => {
    const { target } = event
    if (
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement
    ) {
      onType(target.value)
    }
  }
  const about = described === '' ? nothing : described
  const wrong = isWrong ? 'true' : 'false'
  if (kind === 'choice') {
    return html`<select id=${id} aria-describedby=${about} aria-invalid=${wrong} aria-required=${isRequired} .value=${text} @change=${type}>
      <option value="" ?selected=${text === ''}>${isRequired ? 'choose' : 'not given'}</option>
      ${choices.map(({ label }, index) => html`<option value=${index} ?selected=${text === String(index)}>${label}</option>`)}
    </select>`
  }
  if (kind === 'number' || kind === 'integer') {
    return html`<input id=${id} type="text" inputmode=${kind === 'integer' ? 'numeric' : 'decimal'} autocomplete="off"
      aria-describedby=${about} aria-invalid=${wrong} aria-required=${isRequired} .value=${text} @input=${type} />`
  }
  if (examples.length > 0) {
    return html`
      <input id=${id} type="text" autocomplete="off" list=${`${id}-examples`}
        aria-describedby=${about} aria-invalid=${wrong} aria-required=${isRequired} .value=${text} @input=${type} />
      <datalist id=${`${id}-examples`}>${examples.map((example) => html`<option value=${example}></option>`)}</datalist>
    `
  }
  return html`<textarea id=${id} class=${kind === 'json' ? 'mono' : ''} rows=${kind === 'json' ? 3 : 1} spellcheck="false"
    aria-describedby=${about} aria-invalid=${wrong} aria-required=${isRequired} .value=${text} @input=${type}></textarea>`
}

/** Names are strangers' words; an id may hold no blank. */
export function idOf(name: string): string {
  return `argument-${encodeURIComponent(name)}`
}
