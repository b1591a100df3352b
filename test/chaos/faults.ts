import { checkOf } from '../faults/during-call/fault.ts'
import type { Era, Transport } from '../support/transports.ts'
import type { Fleet } from './fleet.ts'
import type { Order, Victim } from './victim.ts'

/** Lasts until the victim is mended. */
export interface Fault {
  name: string
  /** The only era that knows it; absent: both. */
  era?: Era
  strike(victim: Victim, fleet: Fleet): Promise<void> | void
}

const onCalls = (name: string, order: Omit<Order, 'at'>): Fault => ({
  name,
  strike: (victim) => victim.order({ at: 'tools/call', ...order }),
})

const everywhere: Fault[] = [
  { name: 'SIGKILL', strike: (victim) => victim.signal('SIGKILL') },
  { name: 'SIGSTOP', strike: (victim) => victim.signal('SIGSTOP') },
  onCalls('death before the run', { run: 'not', ending: 'die' }),
  onCalls('death after the run', { ending: 'die' }),
  onCalls('death after the answer', { ending: 'answer and die' }),
  onCalls('no answer', { ending: 'nothing' }),
  onCalls('method not found', { run: 'not', error: { code: -32_601, message: 'Method not found' } }),
  onCalls('internal error', { error: { code: -32_603, message: 'Internal error' } }),
  { name: 'slow answers', strike: (victim) => victim.order({ at: 'answer', afterMs: 250 }) },
  {
    name: 'no pongs',
    strike: (victim) => victim.order({ at: checkOf(victim.era), ending: 'nothing' }),
  },
  {
    name: 'other era',
    strike: (victim) => {
      victim.speak(victim.era === 'legacy' ? 'modern' : 'legacy')
      victim.signal('SIGKILL')
    },
  },
  { ...onCalls('version refused', { run: 'not', error: { code: -32_022, message: 'no' } }), era: 'modern' },
  { ...onCalls('no kind of result', { without: ['resultType'] }), era: 'modern' },
  { name: 'restart', strike: (victim, fleet) => fleet.restart(victim) },
  {
    name: 'replaced',
    strike: (victim, fleet) => {
      victim.revision += 1
      return fleet.configure()
    },
  },
  {
    name: 'removed',
    strike: (victim, fleet) => {
      victim.isRemoved = true
      return fleet.configure()
    },
  },
]

const overStdio: Fault[] = [
  onCalls('half an answer', { write: '$HALF', ending: 'die' }),
  onCalls('output closed', { ending: 'close' }),
  onCalls('stray output', { write: 'a stray line\n' }),
]

const overHttp: Fault[] = [
  onCalls('half an answer', { write: 'event: message\ndata: $HALF', ending: 'die' }),
  onCalls('stream cut', { write: 'event: message\ndata: $HALF', ending: 'cut' }),
  onCalls('stream reset', { write: ': working\n\n', ending: 'reset' }),
  onCalls('stream ended', { ending: 'close' }),
  onCalls('HTTP 401', { run: 'not', status: 401 }),
  onCalls('HTTP 429', { run: 'not', status: 429 }),
  onCalls('HTTP 503', { status: 503 }),
  { name: 'sessions lost', era: 'legacy', strike: (victim) => victim.control('forget-sessions') },
  { name: 'events lost', strike: (victim) => victim.control('drop-events') },
  { name: 'events ended', era: 'modern', strike: (victim) => victim.control('end-events') },
]

const faults: Record<Transport, readonly Fault[]> = {
  stdio: [...everywhere, ...overStdio],
  http: [...everywhere, ...overHttp],
}

export function faultsOf({ over, era }: Pick<Victim, 'over' | 'era'>): Fault[] {
  return faults[over].filter((fault) => fault.era === undefined || fault.era === era)
}
