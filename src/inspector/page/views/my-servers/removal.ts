import type { RegisteredServer } from '../../../../registry/wire.ts'
import { pathTo } from '../../router.ts'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import type { OwnServers } from './own-servers.ts'

/** The server that somebody is asked about. */
let asked: string | undefined

/** Nothing is removed before the question was answered. */
export function removal(app: App, own: OwnServers, server: RegisteredServer): TemplateResult {
  const { id, name } = server
  const ask = (about: string | undefined, next: string) => {
    asked = about
    app.redraw()
    requestAnimationFrame(() => document.getElementById(next)?.focus())
  }
  const remove = async () => {
    if (!(await own.remove(server))) return
    asked = undefined
    app.announce(`${name} was removed.`)
    location.hash = pathTo('my-servers')
  }
  if (asked !== id) {
    return html`<div><button id="remove" class="is-danger" @click=${() => ask(id, 'keep')}>Remove it</button></div>`
  }
  return html`<div class="question stack" role="group" aria-label="Remove it?">
    <p>Remove ${name}, with what is stored for it? Nobody can undo that.</p>
    <div class="row">
      <button id="keep" @click=${() => ask(undefined, 'remove')}>Keep it</button>
      <button class="is-danger" @click=${remove}>Remove ${name}</button>
    </div>
  </div>`
}
