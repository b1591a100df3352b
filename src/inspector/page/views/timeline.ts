import { html } from '../vendor/lit-html/lit-html.js'
import type { View } from '../view.ts'

export const timelineView: View = {
  name: 'timeline',
  label: 'Timeline',
  render: () => html`<h1>Timeline</h1>`,
}
