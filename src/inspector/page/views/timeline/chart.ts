import type { CallView, ServerView } from '../../../wire.ts'
import { ref } from '../../vendor/lit-html/directives/ref.js'
import { repeat } from '../../vendor/lit-html/directives/repeat.js'
import { html, nothing, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime, duration } from '../../words.ts'
import { axis, backdrop } from './axis.ts'
import { callBar, denseRowHeight, labelledRowHeight, labelWidth } from './call-bar.ts'
import { type Drawing, hatchPatterns, px } from './drawing.ts'
import type { CallGroup } from './groups.ts'
import { shortId } from './names.ts'
import type { OnScreen } from './on-screen.ts'
import { placeCalls } from './placing.ts'
import { serverLane, serverLaneHeight } from './server-lane.ts'
import { hasVoice, voiceLanes } from './stretches.ts'
import { voiceLaneHeight, voices } from './voice-lane.ts'

export interface ChartContent {
  groups: readonly CallGroup[]
  servers: readonly ServerView[]
  selected: CallView | undefined
  /** Absent where it is short. */
  onScreen?: OnScreen
}

/** More are not kept in view while one scrolls. */
const maxStickyServers = 8

/** Conversations with their voices and calls, a time axis, and the servers underneath. What it shows is also in the list of calls. */
export function chart(
  drawing: Drawing,
  { groups, servers, selected, onScreen }: ChartContent,
): TemplateResult {
  const stretch = selected && { from: selected.startedAt, until: selected.endedAt ?? drawing.now }
  const behind = html`<div class="plot">${backdrop(drawing, stretch)}</div>`
  const axisRow = html`<div class="lane-row is-axis"><div class="lane-label"></div>${axis(drawing)}</div>`
  const serverRows = repeat(
    servers,
    ({ name, conversationId = '' }) => `${conversationId}/${name}`,
    (server) => serverRow(drawing, server),
  )
  return html`
    <svg class="hatches" width="0" height="0">${hatchPatterns}</svg>
    <div class="groups">
      ${behind}
      ${repeat(groups, keyOf, (group) => {
        const height = onScreen?.hiddenHeight(keyOf(group))
        const attach = onScreen?.attach(keyOf(group))
        return html`<div class="group" ${attach ? ref(attach) : nothing} .style=${height === undefined ? '' : `height: ${height}px`}>
          ${height === undefined ? groupLanes(drawing, group, selected?.callId) : nothing}
        </div>`
      })}
    </div>
    ${
      servers.length > maxStickyServers
        ? html`<div class="below is-sticky">${behind}${axisRow}</div><div class="below">${behind}${serverRows}</div>`
        : html`<div class="below is-sticky">${behind}${axisRow}${serverRows}</div>`
    }
  `
}

function keyOf({ conversation }: CallGroup): string {
  return conversation?.conversationId ?? 'single'
}

function groupLanes(
  drawing: Drawing,
  { conversation, calls }: CallGroup,
  selectedId: string | undefined,
): TemplateResult {
  const { scale, paper, now } = drawing
  const { fromAt, pixelsPerMs } = scale
  const untilAt = Math.min(scale.untilAt, now)
  const marks = voiceLanes(conversation?.marks ?? [], fromAt, untilAt)
  const sizing = {
    fromAt,
    untilAt: scale.untilAt,
    pixelsPerMs,
    labelWidth: (call: CallView) => labelWidth(call, drawing),
  }
  const { placed, rows, isDense } = placeCalls(calls, sizing)
  const rowHeight = isDense ? denseRowHeight : labelledRowHeight
  return html`<div class="group-head">${conversation ? conversationHead(conversation, calls.length, now) : html`<span class="strong">Single calls</span>`}</div>
    ${
      conversation && hasVoice(conversation.marks)
        ? html`<div class="lane-row is-voices">
            <div class="lane-label"><span>Caller</span><span>Agent</span></div>
            ${lanes(drawing, 2 * voiceLaneHeight * paper.rem, voices(drawing, marks))}
          </div>`
        : nothing
    }
    ${
      rows === 0
        ? nothing
        : html`<div class="lane-row is-calls">
            <div class="lane-label"><span>Calls</span></div>
            ${lanes(
              drawing,
              rows * rowHeight * paper.rem,
              repeat(
                placed,
                ({ call }) => call.callId,
                (one) => callBar(drawing, one, one.call.callId === selectedId, isDense),
              ),
            )}
          </div>`
    }`
}

function conversationHead(
  { conversationId, startedAt, endedAt }: NonNullable<CallGroup['conversation']>,
  calls: number,
  now: number,
): TemplateResult {
  const lasted = duration((endedAt ?? now) - startedAt)
  return html`<span class="strong">Conversation of ${clockTime(startedAt)}</span>
    <span>${endedAt === undefined ? `for ${lasted}` : `ended after ${lasted}`}</span>
    <span>${calls === 1 ? '1 call' : `${calls} calls`}</span>
    <span class="mono">${shortId(conversationId)}</span>`
}

function serverRow(drawing: Drawing, server: ServerView): TemplateResult {
  const { name, conversationId } = server
  return html`<div class="lane-row is-server">
    <div class="lane-label">
      <span class="server-name">${name}</span>${conversationId === undefined ? nothing : html`<span class="mono">${shortId(conversationId)}</span>`}
    </div>
    ${lanes(drawing, serverLaneHeight * drawing.paper.rem, serverLane(drawing, server))}
  </div>`
}

function lanes({ paper, scale }: Drawing, height: number, content: unknown): TemplateResult {
  return html`<svg class="lanes" width=${paper.width} height=${px(height)}>
    ${svg`<g transform=${`translate(${px(scale.shift)} 0)`}>${content}</g>`}
  </svg>`
}
