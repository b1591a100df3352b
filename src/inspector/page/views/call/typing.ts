import type { VoiceFacts } from '../../../wire.ts'
import { html, type nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'

const maxTypedCharacters = 2_000

/** Instead of speaking: before a call it places one. */
export function typing(isDisabled: boolean, type: (text: string) => void): TemplateResult {
  const send = (event: SubmitEvent) => {
    event.preventDefault()
    const field = event.target instanceof HTMLFormElement ? event.target.elements.namedItem('text') : null
    if (!(field instanceof HTMLInputElement) || field.value.trim() === '') return
    type(field.value)
    field.value = ''
  }
  return html`
    <form class="typing" @submit=${send}>
      <label for="typed">Type instead of speaking</label>
      <div class="row">
        <input id="typed" name="text" type="text" maxlength=${maxTypedCharacters} autocomplete="off" ?disabled=${isDisabled} />
        <button type="submit" ?disabled=${isDisabled}>Say it</button>
      </div>
    </form>
  `
}

export interface SentencesOptions {
  heading: string
  isDisabled: boolean
  type(text: string): void
  /** Below them: what is not among them, and why. */
  note: TemplateResult | typeof nothing
}

/** Each of them is said with a click. */
export function sentences(
  voice: VoiceFacts,
  { heading, isDisabled, type, note }: SentencesOptions,
): TemplateResult {
  return html`
    <section class="card sentences" aria-labelledby="sayable">
      <h2 id="sayable">${heading}</h2>
      <p class="small quiet">${voice.state === 'loading' ? 'They come with the voice.' : 'Speak one of them, or click it.'}</p>
      <ul>
        ${voice.sayable.map(
          (text) =>
            html`<li><button ?disabled=${isDisabled} @click=${() => type(text)}>“${text}”</button></li>`,
        )}
      </ul>
      ${note}
    </section>
  `
}
