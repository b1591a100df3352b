import { html, nothing, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App, View } from '../view.ts'
import { type Model, Phone } from '../voice/phone.ts'
import { desk } from './call/desk.ts'
import { showLevel } from './call/meters.ts'
import { transcript } from './call/transcript.ts'
import { sentences, typing } from './call/typing.ts'

let page: App | undefined
/** It goes on while somebody looks at another view. */
const phone = new Phone({
  onChange: () => page?.redraw(),
  onLevel: showLevel,
  onNews: (text) => page?.announce(text),
})
let chosen: Model = 'rehearsal'

function choose(model: Model): void {
  chosen = model
  page?.redraw()
}

function render(app: App): TemplateResult {
  page = app
  const voice = app.state.facts?.voice
  if (!voice) {
    return html`<h1>Call</h1><p class="quiet">This page was opened without a voice: it shows the calls of other programs’ conversations.</p>`
  }
  const { state } = phone
  const model = voice.models.includes(chosen) ? chosen : 'rehearsal'
  const way = { model, isInRoom: voice.room !== undefined }
  const type = (text: string) => phone.type(text, way)
  const isMute = voice.state !== 'ready' || state.phase === 'hanging up'
  const calls = [...app.state.calls.values()].filter(
    ({ conversationId }) => conversationId === state.conversationId,
  )
  const heading = model === 'rehearsal' ? 'What you can say' : 'For example'
  return html`
    <h1 class="visually-hidden">Call</h1>
    <div class="call-view">
      ${desk({ phone, voice, way, choose })}
      <section class="card talk" aria-label="Conversation">
        ${transcript(state.transcript, calls)}
        ${problem()}
        ${recording()}
        ${typing(isMute, type)}
      </section>
      ${voice.state === 'failed' ? nothing : sentences(voice, { heading, isDisabled: isMute, type })}
    </div>
  `
}

function problem(): TemplateResult | typeof nothing {
  const { problem, ended } = phone.state
  if (problem === undefined || problem === ended?.reason) return nothing
  return html`<p class="problem" role="alert">${problem}</p>`
}

function recording(): TemplateResult | typeof nothing {
  const { ended } = phone.state
  if (ended?.recording === undefined) return nothing
  return html`<p><a class="button" href=${ended.recording} download="call.wav">Download the recording</a></p>`
}

export const callView: View = { name: 'call', label: 'Call', render }
