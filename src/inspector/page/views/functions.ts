import { keyed } from '../vendor/lit-html/directives/keyed.js'
import { html, type TemplateResult } from '../vendor/lit-html/lit-html.js'
import type { App, View } from '../view.ts'
import { functionDetails } from './functions/details.ts'
import { functionList } from './functions/list.ts'
import { OpenedFunction } from './functions/opened-function.ts'

/** It stays while somebody looks at another view: its call goes on. */
let opened: OpenedFunction | undefined

/** `#/functions`, `#/functions/NAME`, and `#/functions/NAME/CONVERSATION` for one that only this conversation has. */
function render(app: App): TemplateResult {
  const [name, conversationId] = app.path
  if (name === undefined) return functionList(app)
  if (opened?.name !== name || opened.conversationId !== conversationId) {
    opened = new OpenedFunction(name, conversationId, {
      onChange: () => app.redraw(),
      onNews: (text) => app.announce(text),
    })
  }
  opened.see(app.state.functions.find((one) => one.name === name && one.conversationId === conversationId))
  return html`${keyed(`${name} ${conversationId ?? ''}`, functionDetails(app, opened))}`
}

export const functionsView: View = { name: 'functions', label: 'Functions', render }
