import { pathTo } from '../router.ts'
import { serverKey } from '../store.ts'
import { keyed } from '../vendor/lit-html/directives/keyed.js'
import { html, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App, View } from '../view.ts'
import { serverDetails } from './servers/details.ts'
import { serverList } from './servers/list.ts'

/** `#/servers`, `#/servers/NAME`, and `#/servers/NAME/CONVERSATION` for one that only this conversation has. */
function render(app: App): TemplateResult {
  const [name, conversationId] = app.path
  if (name === undefined) return serverList(app)
  const key = serverKey({ name, ...(conversationId === undefined ? {} : { conversationId }) })
  const server = app.state.servers.get(key)
  if (!server) {
    return html`
      <h1>${name}</h1>
      <p>No server of this name is configured now. <a href=${pathTo('servers')}>All servers</a></p>
    `
  }
  return html`${keyed(key, serverDetails(app, server))}`
}

export const serversView: View = { name: 'servers', label: 'Servers', render }
