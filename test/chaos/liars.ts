import {
  createSwitchboard,
  type Outcome,
  type Switchboard,
  type SwitchboardOptions,
} from '../../src/index.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { composeSwitchboard } from '../../src/switchboard.ts'

const maxAttempts = 3

/** A switchboard that tells its callers something else, or nothing, ever. */
export function lying(tell: (outcome: Outcome) => Outcome | 'nothing') {
  return (options: SwitchboardOptions): Switchboard => {
    const switchboard = createSwitchboard(options)
    const honest = switchboard.conversation.bind(switchboard)
    switchboard.conversation = (how) => {
      const conversation = honest(how)
      const call = conversation.call.bind(conversation)
      conversation.call = async (...asked) => {
        const told = tell(await call(...asked))
        return told === 'nothing' ? new Promise(() => {}) : told
      }
      return conversation
    }
    return switchboard
  }
}

/** A switchboard that repeats whatever failed, also where it may have been done. */
export function sendsAgain(options: SwitchboardOptions): Switchboard {
  const call = callMachine.provide({
    guards: {
      isRetriable: ({ context, event }) =>
        event.type === 'call.ended' && !event.end.ok && context.attempts.length < maxAttempts,
    },
  })
  const conversation = conversationMachine.provide({ actors: { call } })
  return composeSwitchboard(options, { ...productionDependencies(), conversation })
}
