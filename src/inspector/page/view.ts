import type { State } from './store.ts'
import type { TemplateResult } from './vendor/lit-html/lit-html.js'

/** What a view gets of the page. */
export interface App {
  readonly state: State
  /** What follows the view's name in the address: `#/servers/mail` → `['mail']`. */
  readonly path: readonly string[]
  /** Epoch milliseconds by the server's clock. */
  now(): number
  /** Draws the page anew with the next frame; for a view whose own state has changed. */
  redraw(): void
  /** The same after a while, for what counts up or down. The shortest of all that were asked for counts. */
  redrawWithin(delayMs: number): void
  /** Asks for the steps of one actor (`state.steps`), or of none. */
  follow(actorId: string | undefined): void
  /** Words for screen readers alone. */
  announce(text: string): void
}

/** One place of the page; drawn with every change. */
export interface View {
  /** In the address: `#/servers`. */
  name: string
  /** Further names in the address that lead to it. */
  otherNames?: readonly string[]
  /** In the navigation. */
  label: string
  /** Whether this page has it. Default: always. */
  isThere?(state: State): boolean
  render(app: App): TemplateResult
  /** Somebody went to another view. */
  left?(app: App): void
}
