import { pathTo } from '../../router.ts'
import { ref } from '../../vendor/lit-html/directives/ref.js'
import { html, nothing, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { App } from '../../view.ts'
import { callList } from './call-list.ts'
import { chart } from './chart.ts'
import { drawingOf } from './drawing.ts'
import { noFilter } from './filter.ts'
import { isLive } from './groups.ts'
import { nextPictureMs } from './pace.ts'
import { PaperRoll } from './paper.ts'
import { defaultSpanMs } from './position.ts'
import { shownOf } from './shown.ts'

const maxListed = 4

let roll: PaperRoll | undefined

/** The last half minute of one conversation, or of the newest, and its newest calls. There is one on a page. */
export function timelineStrip(
  app: App,
  { conversationId = '' }: { conversationId?: string } = {},
): TemplateResult {
  roll ??= new PaperRoll(() => app.redraw())
  const now = app.now()
  const drawing = roll.paper && drawingOf(roll.paper, { spanMs: defaultSpanMs }, now)
  const shown = shownOf(app.state, {
    filter: { ...noFilter, conversationId },
    fromAt: drawing?.scale.fromAt ?? now - defaultSpanMs,
    untilAt: now,
    maxGroups: 1,
    selectedId: undefined,
    showsQuiet: false,
  })
  const delayMs = nextPictureMs({
    pixelsPerMs: drawing?.scale.pixelsPerMs ?? 1,
    isFollowing: true,
    isLive: shown.groups.some(isLive),
    wantsLessMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
  })
  if (delayMs !== undefined) app.redrawWithin(delayMs)
  return html`<section class="timeline-strip card stack" aria-labelledby="timeline-strip-name">
    <div class="row spread"><h2 id="timeline-strip-name">What happens</h2><a class="small" href=${pathTo('timeline')}>Open the timeline</a></div>
    <div class="timeline-lanes" aria-hidden="true" @click=${toCall}>
      <div class="plot is-measured" ${ref(roll.attach)}></div>
      ${drawing ? chart(drawing, { ...shown, selected: undefined }) : nothing}
    </div>
    ${shown.calls.length === 0 ? html`<p class="quiet small">Function calls appear here.</p>` : callList(shown.calls.slice(0, maxListed), now, undefined)}
  </section>`
}

function toCall({ target }: MouseEvent): void {
  const callId =
    target instanceof Element ? target.closest<SVGElement>('[data-call]')?.dataset.call : undefined
  if (callId !== undefined) location.hash = pathTo('timeline', callId)
}
