import { callMachine } from '../../src/machines/call.ts'
import { answered, failed } from '../../src/machines/call-context.ts'
import { serverMachine } from '../../src/machines/server.ts'
import type { Invariant } from './invariants.ts'
import { type Machines, productionMachines } from './machines.ts'

interface PlantedBug {
  words: string
  machines: Machines
}

const inServer = (server: typeof serverMachine) => ({ ...productionMachines, server })
const inCall = (call: typeof callMachine) => ({ ...productionMachines, call })

/** For each invariant a bug that it has to notice: a policy of the machines, replaced by a wrong one. */
export const plantedBugs: Readonly<Record<Invariant, PlantedBug>> = {
  'one outcome': {
    words: 'a call that was cancelled is never reported',
    machines: inCall(
      callMachine.provide({
        actions: {
          report: ({ context: { callId, outcome, conversation } }) => {
            if (outcome?.ok === false && outcome.error.code === 'cancelled') return
            if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
          },
        },
      }),
    ),
  },
  'none is none': {
    words: 'a time-out after the sending is told as nothing done',
    machines: inCall(
      callMachine.provide({
        actions: {
          end: ({ context }, { error }) => {
            context.outcome = failed(context, { ...error, effect: 'none' })
          },
        },
      }),
    ),
  },
  'ok is ok': {
    words: 'a call that was cut short is told as answered',
    machines: inCall(
      callMachine.provide({
        actions: {
          end: ({ context }) => {
            context.outcome = answered(context, [{ type: 'text', text: 'MCP search successful' }])
          },
        },
      }),
    ),
  },
  'at most once': {
    words: 'whatever failed is tried again',
    machines: inCall(
      callMachine.provide({
        guards: { isRetriable: ({ event }) => event.type === 'call.ended' && !event.end.ok },
      }),
    ),
  },
  'in time': {
    words: 'the deadline comes a second late',
    machines: inCall(
      callMachine.provide({
        delays: { deadline: ({ context }) => context.deadlineAt - context.now() + 1_000 },
      }),
    ),
  },
  'back again': {
    words: 'the wait before another attempt has no cap',
    machines: inServer(serverMachine.provide({ delays: { backOff: 3_600_000 } })),
  },
  'old is dead': {
    words: 'events of every generation count',
    machines: inServer(serverMachine.provide({ guards: { isCurrent: () => true, isStale: () => false } })),
  },
  'nothing left': {
    words: 'a server ends before its connections are closed',
    machines: inServer(serverMachine.provide({ guards: { isGone: () => true } })),
  },
}
