import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { DraftField } from './draft.ts'

export interface Typing {
  text: string
  wrong: string | undefined
  onType(text: string): void
}

export function field(
  { id, label, hint, isSecret, type }: DraftField,
  { text, wrong, onType }: Typing,
): TemplateResult {
  const isWrong = wrong !== undefined
  const about = [...(hint ? [`${id}-hint`] : []), ...(isWrong ? [`${id}-wrong`] : [])].join(' ')
  const take = ({ target }: Event) => target instanceof HTMLInputElement && onType(target.value)
  return html`
    <div class="field ${isWrong ? 'is-wrong' : ''}">
      <label for=${id}>${label}</label>
      <input id=${id} type=${isSecret ? 'password' : (type ?? 'text')} autocomplete=${isSecret ? 'new-password' : 'off'} spellcheck="false"
        aria-invalid=${isWrong} aria-describedby=${about === '' ? nothing : about} .value=${text} @input=${take} />
      ${hint ? html`<p class="small quiet" id=${`${id}-hint`}>${hint}</p>` : nothing}
      ${isWrong ? html`<p class="small problem" id=${`${id}-wrong`} role="alert">${wrong}</p>` : nothing}
    </div>
  `
}
