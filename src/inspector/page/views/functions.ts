import { html } from '../vendor/lit-html/lit-html.js'
import type { View } from '../view.ts'

export const functionsView: View = {
  name: 'functions',
  label: 'Functions',
  render: () => html`<h1>Functions</h1>`,
}
