import { html } from '../vendor/lit-html/lit-html.js'
import type { View } from '../view.ts'

export const machinesView: View = {
  name: 'machines',
  label: 'Machines',
  render: () => html`<h1>Machines</h1>`,
}
