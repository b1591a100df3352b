import type { FaultAction, ServerView } from '../../../wire.ts'

/** One place for a button; which of its actions it offers depends on what was done before. */
export interface FaultSlot {
  action: FaultAction
  label: string
  /** What it does, for people. */
  explanation: string
  isOffered: boolean
}

const pipes = 'Its pipes are destroyed, without any signal. Its calls are lost, and it is started anew.'
const sockets = 'Its open sockets are destroyed. Calls that wait for an answer are lost.'

/**
 * The buttons of a server, in an order that never changes, also where one cannot be pressed for a moment: whoever uses the
 * keyboard keeps the place.
 */
export function faultSlots(server: ServerView, delayMs: number): FaultSlot[] {
  const { faults, transport, isStopped, isDisabled, slowedByMs, conversationId } = server
  const slot = (action: FaultAction, label: string, explanation: string): FaultSlot => ({
    ...{ action, label, explanation },
    isOffered: faults.includes(action),
  })
  const forAll = isDisabled
    ? slot('enable', 'Enable', 'Its entry is put back into the configuration, and it is started.')
    : slot('disable', 'Disable', 'Its entry is taken out: calls finish, and its functions go.')
  const forOne = isDisabled
    ? slot('enable', 'Enable for this call', 'It is put back into this call, and started.')
    : slot('disable', 'Disable for this call', 'It is taken out of this call, and of no other.')
  const isProcess = transport === 'stdio'
  // Where it can be killed and not stopped now, it never can (Windows).
  const canStop = isProcess && (!faults.includes('kill') || faults.includes('stop') || isStopped)
  return [
    ...(isProcess
      ? [
          slot(
            'kill',
            'Kill',
            'SIGKILL to its processes: it dies at once, its calls are lost, and it is started anew.',
          ),
        ]
      : []),
    ...(canStop
      ? [
          isStopped
            ? slot('continue', 'Continue', 'SIGCONT: it goes on where it was stopped.')
            : slot(
                'stop',
                'Stop',
                'SIGSTOP: it is there and does nothing. Its silence is noticed, and it is replaced.',
              ),
        ]
      : []),
    slowedByMs > 0
      ? slot('slow', 'Full speed', `It is slowed down by ${slowedByMs} ms each way; this ends it.`)
      : slot('slow', 'Slow down', `Every byte comes ${delayMs} ms later, each way.`),
    slot('cut', 'Cut', isProcess ? pipes : sockets),
    slot('restart', 'Restart', 'It is closed and started anew, as an operator does it.'),
    conversationId === undefined ? forAll : forOne,
  ]
}

const done: Record<FaultAction, string> = {
  kill: 'was killed',
  stop: 'was stopped',
  continue: 'goes on',
  slow: 'has another speed',
  cut: 'was cut off',
  restart: 'is being restarted',
  disable: 'was disabled',
  enable: 'was enabled',
}

/** For who does not see it. */
export function wordsOfFault(name: string, action: FaultAction): string {
  return `${name} ${done[action]}.`
}
