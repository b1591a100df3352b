import type { RegisteredServer } from '../../../registry/wire.ts'
import { wordsOfError } from '../api.ts'
import { html, nothing, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App } from '../view.ts'
import { field } from './field.ts'
import type { OwnServers } from './own-servers.ts'
import { Refused } from './registry.ts'

/** What is typed and not stored yet, of the server that is looked at. */
let typed: { id: string; texts: Map<string, string>; wrong: ReadonlyMap<string, string> } | undefined

/** Another name, and new values for the headers that are stored. */
export function changeForm(app: App, own: OwnServers, server: RegisteredServer): TemplateResult {
  const { id, name, authorization } = server
  if (typed?.id !== id) typed = { id, texts: new Map(), wrong: new Map() }
  const draft = typed
  const names = authorization.kind === 'headers' ? authorization.names : []
  const fields = [
    { id: 'name', label: 'Name', pointer: '/name', stored: name },
    ...names.map((header) => ({
      ...{ id: `header-${header}`, label: header, pointer: `/headers/${header}`, stored: '' },
      ...{ isSecret: true, hint: 'Stored; it is not shown. All of them are replaced together.' },
    })),
  ]
  const submit = async (event: Event) => {
    event.preventDefault()
    const headers = names.map((header): [string, string] => [
      header,
      draft.texts.get(`header-${header}`) ?? '',
    ])
    const isReplaced = headers.some(([, value]) => value !== '')
    draft.wrong = new Map(
      isReplaced
        ? headers.flatMap(([header, value]) =>
            value === '' ? [[`/headers/${header}`, 'It is needed.']] : [],
          )
        : [],
    )
    const change = {
      name: draft.texts.get('name') ?? name,
      ...(isReplaced ? { headers: Object.fromEntries(headers) } : {}),
    }
    const isDone =
      draft.wrong.size === 0 &&
      (await own.try(server, () =>
        own.change(server, change).catch((error) => {
          if (!(error instanceof Refused) || !fields.some(({ pointer }) => error.fields.has(pointer)))
            throw error
          draft.wrong = error.fields
          throw new Error(`Nothing was changed. ${wordsOfError(error)}`)
        }),
      ))
    if (isDone) {
      draft.texts.clear()
      app.announce('It was changed.')
    }
    app.redraw()
  }
  return html`<section class="card stack" aria-labelledby="change">
    <h2 id="change">Change it</h2>
    <form class="stack" novalidate autocomplete="off" @submit=${submit}>
      ${fields.map((one) =>
        field(one, {
          text: draft.texts.get(one.id) ?? one.stored,
          wrong: draft.wrong.get(one.pointer),
          onType: (text) => {
            draft.texts.set(one.id, text)
            draft.wrong = new Map()
            app.redraw()
          },
        }),
      )}
      <div class="row"><button type="submit">Store</button>${draft.texts.size > 0 ? html`<span class="small quiet">not stored yet</span>` : nothing}</div>
    </form>
  </section>`
}
