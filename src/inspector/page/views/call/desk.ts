import type { VoiceFacts } from '../../../wire.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { Model, Phone, PhoneState, Way } from '../../voice/phone.ts'
import { meter } from './meters.ts'

export interface Desk {
  phone: Phone
  voice: VoiceFacts
  way: Way
  choose(model: Model): void
}

/** Where a call is placed and hung up. */
export function desk({ phone, voice, way, choose }: Desk): TemplateResult {
  const { state } = phone
  const isIdle = state.phase === 'idle'
  const isDisabled = state.phase === 'hanging up' || (isIdle && voice.state !== 'ready')
  const press = () => (isIdle ? void phone.call(way, { withMicrophone: true }) : phone.hangUp())
  return html`
    <section class="card desk" aria-label="Telephone">
      <button class="call-button ${isIdle ? 'is-primary' : 'is-hang-up'}" ?disabled=${isDisabled} @click=${press}>
        ${handset}<span>${isIdle ? 'Call' : 'Hang up'}</span>
      </button>
      <p class="call-state" role="status">${wordsOf(state, voice)}</p>
      ${way.isInRoom ? nothing : html`<div class="meters">${meter('caller', 'You')}${meter('agent', 'Agent')}</div>`}
      ${way.isInRoom ? nothing : microphone(phone)}
      ${voice.models.length > 1 ? modelSwitch(voice.models, way.model, !isIdle, choose) : nothing}
      ${voice.room === undefined ? nothing : html`<p class="small">The agent joins the LiveKit room <code>${voice.room}</code> when you press Call. Join it with a client of your own to talk; this page looks on.</p>`}
      <p class="small quiet">${aboutModel(way.model)}</p>
    </section>
  `
}

const handset = html`<svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">
  <path d="M6.6 2.9 9 2.4c.6-.1 1.2.2 1.4.8l1.1 2.9c.2.5 0 1.1-.4 1.4L9.5 8.8a12 12 0 0 0 5.7 5.7l1.3-1.6c.3-.4.9-.6 1.4-.4l2.9 1.1c.6.2.9.8.8 1.4l-.5 2.4c-.3 1.5-1.6 2.5-3.1 2.4C9.8 19.3 4.7 14.2 4.2 6c-.1-1.5.9-2.8 2.4-3.1Z" />
</svg>`

function wordsOf(state: PhoneState, voice: VoiceFacts): string {
  if (state.phase === 'calling') return 'Calling …'
  if (state.phase === 'hanging up') return 'Hanging up …'
  if (state.phase === 'idle') {
    if (voice.state === 'failed') return voice.problem ?? 'No call can be placed.'
    if (voice.state === 'loading') return 'The voice is loading …'
    return state.ended ? `The call is over. ${state.ended.reason}` : 'Press Call and speak.'
  }
  if (state.isCallerSpeaking) return 'It hears you.'
  if (state.agent === 'speaking') return 'It speaks; you can interrupt.'
  if (state.agent === 'thinking') return 'It works on it.'
  if (voice.room !== undefined) return 'The agent is in the room.'
  return state.microphone === 'on' ? 'It listens: speak.' : 'It listens: type.'
}

const microphoneButtons = {
  off: 'Turn the microphone on',
  on: 'Mute the microphone',
  muted: 'Unmute the microphone',
}

function microphone(phone: Phone): TemplateResult {
  const { phase, microphone, microphoneProblem } = phone.state
  const toggle =
    microphone === 'asked for'
      ? html`<p class="small">Your browser asks whether this page may use the microphone.</p>`
      : html`<button @click=${() => phone.toggleMicrophone()}>${microphoneButtons[microphone]}</button>`
  return html`
    ${phase === 'talking' ? toggle : nothing}
    ${microphoneProblem === undefined ? nothing : html`<p class="small problem">${microphoneProblem}</p>`}
  `
}

const names: Record<Model, string> = { rehearsal: 'Rehearsal', openai: 'OpenAI' }

function modelSwitch(
  models: readonly Model[],
  chosen: Model,
  isDisabled: boolean,
  choose: (model: Model) => void,
): TemplateResult {
  return html`
    <fieldset class="models" ?disabled=${isDisabled}>
      <legend>Talk to</legend>
      ${models.map(
        (model) => html`<label>
          <input type="radio" name="model" .checked=${model === chosen} @change=${() => choose(model)} />
          ${names[model]}${model === 'openai' ? html` <strong class="costs">costs money</strong>` : nothing}
        </label>`,
      )}
    </fieldset>
  `
}

function aboutModel(model: Model): string {
  if (model === 'openai') {
    return 'Your voice goes to OpenAI, and each call is paid for with the key that this program was started with.'
  }
  return 'This is a rehearsal: a small stand-in on this machine, not OpenAI. It needs no key, costs nothing, and understands only sentences like those on this page.'
}
