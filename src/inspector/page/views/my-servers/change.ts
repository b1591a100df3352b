import type { RegisteredServer } from '../../../../registry/wire.ts'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { ChangeDraft } from './change-draft.ts'
import type { DraftField } from './draft.ts'
import { field } from './field.ts'
import type { OwnServers } from './own-servers.ts'

/** Of the server that is looked at. */
let looked: ChangeDraft | undefined

/** Another name or address, and new, other or no headers. */
export function changeForm(app: App, own: OwnServers, server: RegisteredServer): TemplateResult {
  if (looked?.id !== server.id) looked = new ChangeDraft(server.id, () => app.redraw())
  const draft = looked
  const submit = async (event: Event) => {
    event.preventDefault()
    const change = draft.change(server)
    if (change && (await own.try(server, () => stored(own, server, draft, change)))) {
      draft.clear()
      draft.wasStored = true
      app.announce('It was changed.')
    }
    app.redraw()
  }
  return html`<section class="card stack" aria-labelledby="change">
    <h2 id="change">Change it</h2>
    <form class="stack own-text" novalidate autocomplete="off" @submit=${submit}>
      ${draft.fields(server).map((one) => changeField(draft, server, one))}
      ${
        draft.dropped.size === 0
          ? nothing
          : html`<p class="small">Dropped with “Store”: ${[...draft.dropped].join(', ')}.</p>`
      }
      <div class="row">
        <button type="submit">Store</button>
        <button type="button" @click=${() => draft.addHeader()}>Add a header</button>
        ${draft.isEmpty ? nothing : html`<button type="button" @click=${() => draft.clear()}>Leave it as it is</button>`}
        ${sign(draft)}
      </div>
    </form>
  </section>`
}

function stored(
  own: OwnServers,
  server: RegisteredServer,
  draft: ChangeDraft,
  change: Parameters<OwnServers['change']>[1],
): Promise<void> {
  return own.change(server, change).catch((error: unknown) => draft.refused(error, server))
}

function changeField(draft: ChangeDraft, server: RegisteredServer, one: DraftField): TemplateResult {
  const header = draft.headerOf(one)
  const input = field(one, {
    text: draft.textOf(one, server),
    wrong: draft.wrongWith(one),
    onType: (text) => draft.type(one.id, text),
  })
  if (header === undefined) return input
  return html`${input}<div><button type="button" class="small" @click=${() => draft.drop(header)}>Drop<span class="visually-hidden"> ${header}</span></button></div>`
}

function sign({ isEmpty, wasStored }: ChangeDraft): TemplateResult | typeof nothing {
  if (!isEmpty) return html`<span class="small quiet">not stored yet</span>`
  return wasStored ? html`<span class="small stored">✓ Stored</span>` : nothing
}
