import { HiddenTargets } from '../config/hidden-targets.ts'

/** Their strings tell things apart: none of them says what a target holds. */
const plain = new Set([
  ...['line', 'type', 'name', 'id', 'callId', 'conversationId', 'connection', 'timer', 'tool', 'function'],
  ...[
    'server',
    'servers',
    'functions',
    'kind',
    'hash',
    'previousHash',
    'code',
    'effect',
    'state',
    'previous',
  ],
  ...['transport', 'group', 'include', 'exclude', 'as', 'switchboard'],
  ...['questionId', 'mode', 'action', 'how'],
])

/** Below these everything is a stranger's, the names too. */
const foreign = new Set(['arguments', 'content', 'structured', 'inputSchema', 'outputSchema', 'schema'])

export const hidden = '[hidden]'

/** Hides what any server was ever given, wherever it stands in a line. */
export class TapeMask {
  /** By the pool's number. */
  readonly targets = new HiddenTargets<number>()

  /** `line` is JSON. */
  apply(line: unknown): unknown {
    return this.#masked(line, false)
  }

  #masked(value: unknown, isForeign: boolean): unknown {
    if (typeof value === 'string') return this.targets.mask(value)
    if (Array.isArray(value)) return value.map((inner) => this.#masked(inner, isForeign))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (isForeign) return [this.targets.mask(key), this.#masked(inner, true)]
        if (plain.has(key) && isPlain(inner)) return [key, inner]
        return [key, this.#masked(inner, foreign.has(key))]
      }),
    )
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}
