import type { VoiceFacts } from '../../wire.ts'
import { html, nothing, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App, View } from '../view.ts'
import { isCallRunning, listenToOwnPhone, ownPhone as phone } from '../voice/own-phone.ts'
import type { Model } from '../voice/phone.ts'
import { desk } from './call/desk.ts'
import { showLevel } from './call/meters.ts'
import { ownServersNote } from './call/own-servers-note.ts'
import { transcript } from './call/transcript.ts'
import { sentences, typing } from './call/typing.ts'
import { leavePageServers, pageServers } from './my-servers/page-servers.ts'
import { serverCards } from './servers/list.ts'
import { timelineStrip } from './timeline/strip.ts'

let page: App | undefined
listenToOwnPhone({
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
  const { conversationId } = phone.state
  return html`
    <h1 class="visually-hidden">Call</h1>
    <div class="call-view">
      ${voice ? conversation(app, voice) : html`<p class="card quiet">No call can be placed from this page. Those of the program that opened it are shown.</p>`}
      <section class="around" aria-label="Servers">
        ${serverCards(app)}
      </section>
      ${timelineStrip(app, conversationId === undefined ? {} : { conversationId })}
    </div>
  `
}

function conversation(app: App, voice: VoiceFacts): TemplateResult {
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
    <div class="stack phone">
      ${desk({ phone, voice, way, choose })}
      ${voice.state === 'failed' ? nothing : sentences(voice, { heading, isDisabled: isMute, type, note: aboutOwnServers(app) })}
    </div>
    <section class="card talk" aria-label="Conversation">
      ${transcript(state.transcript, calls)}
      ${problem()}
      ${recording()}
      ${typing(isMute, type)}
    </section>
  `
}

function aboutOwnServers(app: App): TemplateResult | typeof nothing {
  if (!app.state.facts?.hasRegistry) return nothing
  return ownServersNote(pageServers(app).servers, isCallRunning())
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

export const callView: View = { name: 'call', label: 'Call', render, left: leavePageServers }
