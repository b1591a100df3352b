import { html } from '../vendor/lit-html/lit-html.js'
import type { View } from '../view.ts'

export const callView: View = {
  name: 'call',
  label: 'Call',
  render: () => html`<h1>Call</h1>`,
}
