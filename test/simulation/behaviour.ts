import type { AskedQuestion } from '../../src/contract/connection.ts'
import type { JsonObject, Tool } from '../../src/contract/protocol.ts'
import { Random } from '../support/random.ts'
import { type SimulatedPlace, seatSchema } from './scenery.ts'

export interface Request {
  callId: string
  tool: Tool
  arguments: JsonObject
}

/** With it every tool answers soon. */
export const calmTicket = 'calm'

/** How a tool behaves for one ticket. */
export interface Behaviour {
  kind: 'answer' | 'tool error' | 'refuses' | 'rpc error' | 'wrong answer' | 'never'
  forMs: number
  progressEveryMs: number | undefined
  asking: Asking | undefined
}

/** What a tool asks its caller. */
export interface Asking {
  afterMs: number
  mode: AskedQuestion['mode']
  /** Questions at the same time. */
  count: 1 | 2
  /** The wire tells to which call they belong. */
  isKnown: boolean
  /** It goes on only with the replies. */
  waits: boolean
  takenBackAfterMs: number | undefined
}

export function behaviourFor(
  seed: number,
  { over }: SimulatedPlace,
  { arguments: { ticket }, tool }: Request,
): Behaviour {
  if (ticket === calmTicket) {
    return { kind: 'answer', forMs: 10, progressEveryMs: undefined, asking: undefined }
  }
  const random = new Random(seed, 'behaviour', String(ticket))
  const kind = random.weighted<Behaviour['kind']>({
    ...{ answer: 88, 'tool error': 4, refuses: 2, 'rpc error': 2, never: 1 },
    'wrong answer': tool.outputSchema ? 8 : 0,
  })
  const isSlow = random.chance(0.05)
  return {
    kind,
    forMs: isSlow ? random.spread(5_000, 120_000) : random.spread(1, 3_000),
    progressEveryMs: random.chance(isSlow ? 0.5 : 0.05) ? random.spread(500, 8_000) : undefined,
    asking: random.chance(0.1) ? askingFrom(random, over) : undefined,
  }
}

function askingFrom(random: Random, over: SimulatedPlace['over']): Asking {
  return {
    afterMs: random.spread(1, 4_000),
    mode: random.chance(0.2) ? 'url' : 'form',
    count: random.chance(0.2) ? 2 : 1,
    isKnown: over === 'http' && random.chance(0.7),
    waits: random.chance(0.9),
    takenBackAfterMs: random.chance(0.1) ? random.spread(1, 20_000) : undefined,
  }
}

/** Its words are its id: whoever hears it can be asked which one it was. */
export function questionOf(mode: Asking['mode'], id: string): AskedQuestion {
  return mode === 'url'
    ? { mode, message: id, url: 'https://bank.invalid/agree' }
    : { mode, message: id, schema: seatSchema }
}
