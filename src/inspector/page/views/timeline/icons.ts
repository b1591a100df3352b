import type { CallState } from '../../../wire.ts'
import { html, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'

/** In a square of 12. */
const paths: Record<CallState, string> = {
  answered: 'M2.5 6.5 5 9l4.5-6',
  failed: 'M3 3l6 6M9 3l-6 6',
  running: 'M4 2.5 9.5 6 4 9.5Z',
  waiting:
    'M3 2h6M3 10h6M3.7 2.3c0 2.5 1.4 2.7 2.3 3.7.9-1 2.3-1.2 2.3-3.7M3.7 9.7c0-2.5 1.4-2.7 2.3-3.7.9 1 2.3 1.2 2.3 3.7',
  asking: 'M3.8 4.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M6 10v.1',
}

export function iconPath(state: CallState): TemplateResult {
  return svg`<path class=${`call-icon is-${state}`} d=${paths[state]} />`
}

export function icon(state: CallState): TemplateResult {
  return html`<svg class="state-icon" viewBox="0 0 12 12" aria-hidden="true">${iconPath(state)}</svg>`
}
