import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime } from '../../words.ts'
import { type Bounds, following, held, type Position, scrolled, spansMs, zoomed } from './position.ts'

/** Holds the window, and moves it. */
export function windowBar(
  position: Position,
  bounds: Bounds,
  move: (position: Position) => void,
): TemplateResult {
  const { spanMs, heldAt } = position
  const isFollowing = heldAt === undefined
  const isNearest = spanMs === spansMs[0]
  const isFarthest = spanMs === spansMs.at(-1)
  return html`<div class="timeline-controls" role="group" aria-label="Window">
    <button class=${isFollowing ? '' : 'is-primary'} @click=${() => move(isFollowing ? held(position, bounds.now) : following(position))}>
      ${isFollowing ? 'Pause' : 'Follow now'}
    </button>
    <div class="joined">
      <button aria-label="Earlier" title="Earlier (←)" @click=${() => move(scrolled(position, -spanMs / 2, bounds))}>←</button>
      <button aria-label="Later" title="Later (→)" ?disabled=${isFollowing} @click=${() => move(scrolled(position, spanMs / 2, bounds))}>→</button>
    </div>
    <div class="joined">
      <button aria-label="Show more time" title="Show more time (−)" ?disabled=${isFarthest} @click=${() => move(zoomed(position, -1, bounds))}>−</button>
      <output class="span" aria-label="Time shown">${spanWords(spanMs)}</output>
      <button aria-label="Show less time" title="Show less time (+)" ?disabled=${isNearest} @click=${() => move(zoomed(position, 1, bounds))}>+</button>
    </div>
    <span class="held quiet small">${heldAt === undefined ? '' : `held at ${clockTime(heldAt)}`}</span>
  </div>`
}

function spanWords(spanMs: number): string {
  return spanMs < 60_000 ? `${spanMs / 1_000} s` : `${spanMs / 60_000} min`
}
