import type { ConversationView } from '../../../wire.ts'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime } from '../../words.ts'

/** Enough to tell ids apart. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

/** `14:03:22 · 1a2b3c4d` */
export function conversationTitle({ startedAt, conversationId }: ConversationView): string {
  return `${clockTime(startedAt)} · ${shortId(conversationId)}`
}

/** Of a function or a state; where there is too little room, a line ends between its words. */
export function breakableName(name: string): TemplateResult[] {
  return name.split(/(?<=[._-])/).map((part) => html`${part}<wbr />`)
}
