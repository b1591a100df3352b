import { html } from '../../vendor/lit-html/lit-html.js'

export const legend = html`
  <details class="small legend">
    <summary>How to read it</summary>
    <dl>
      <dt>Lit</dt>
      <dd>the state that it is in. What was just taken flashes; what comes by itself counts down in its state.</dd>
      <dt>On an arrow</dt>
      <dd>the events that lead from one state to the other, and in [brackets] under which condition. <em>always</em>: at once, without an event. <em>else</em>: where the conditions before it do not hold.</dd>
      <dt>In a box</dt>
      <dd>events that it takes without leaving the state; grey ones it ignores.</dd>
      <dt>any state</dt>
      <dd>the arrow is taken in whichever state of that box it is.</dd>
      <dt>Keys</dt>
      <dd><kbd>←</kbd> <kbd>→</kbd> step through the history, <kbd>End</kbd> goes back to now.</dd>
    </dl>
  </details>
`
