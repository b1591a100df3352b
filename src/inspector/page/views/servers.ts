import { html } from '../vendor/lit-html/lit-html.js'
import type { View } from '../view.ts'

export const serversView: View = {
  name: 'servers',
  label: 'Servers',
  render: () => html`<h1>Servers</h1>`,
}
