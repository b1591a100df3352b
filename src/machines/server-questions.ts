/** Questions of a server, each to the one caller that it surely belongs to, or to nobody. */
import type { ConnectionCommand } from '../contract/connection.ts'
import { connectionId, type RunningCall, type ServerContext } from './server-context.ts'
import { serverSetup } from './server-setup.ts'

const several = {}

/** A call that was sent is given up, or its connection was cut: the server may work on. */
export function leaveWork(
  leftWorkOf: object | undefined,
  { sentAt, conversation }: RunningCall,
): object | undefined {
  if (sentAt === undefined || leftWorkOf === conversation) return leftWorkOf
  return leftWorkOf === undefined ? conversation : several
}

/**
 * Where the wire does not tell, it belongs to the only call that the server has, if no other conversation's may still run
 * there.
 */
function askingCall(context: ServerContext, known: string | undefined): [string, RunningCall] | undefined {
  const { calls, leftWorkOf } = context
  if (known !== undefined) {
    const call = calls.get(known)
    return call && [known, call]
  }
  const [only, ...others] = [...calls].filter(([, { sentAt }]) => sentAt !== undefined)
  if (!only || others.length > 0) return undefined
  return leftWorkOf === undefined || leftWorkOf === only[1].conversation ? only : undefined
}

function dismissal(questionId: string) {
  return { type: 'answer', questionId, reply: { action: 'cancel' } } satisfies ConnectionCommand
}

/** A call is over, and what it still wanted to know with it. */
export function dismissals({ questions }: RunningCall) {
  return questions.map(dismissal)
}

export const relayQuestion = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'connection.question') return
  const { generation, questionId, question } = event
  const [callId, call] = askingCall(context, event.callId) ?? []
  if (callId === undefined || !call) {
    enqueue.sendTo(connectionId(generation), dismissal(questionId))
    return
  }
  const questions = [...call.questions, questionId]
  enqueue.assign({ calls: new Map(context.calls).set(callId, { ...call, questions }) })
  const server = context.entry.name
  enqueue(() => call.caller.send({ type: 'call.question', server, generation, questionId, question }))
})

export const relayAnswer = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.answer') return
  const { callId, questionId, reply } = event
  const call = context.calls.get(callId)
  if (!call?.questions.includes(questionId)) return
  enqueue.assign({
    calls: new Map(context.calls).set(callId, answered(call, questionId, context.host.now())),
  })
  enqueue.sendTo(connectionId(context.generation), { type: 'answer', questionId, reply })
})

export const withdrawQuestion = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'connection.question.withdrawn') return
  const { questionId } = event
  const [callId, call] = [...context.calls].find(([, { questions }]) => questions.includes(questionId)) ?? []
  if (callId === undefined || !call) return
  enqueue.assign({
    calls: new Map(context.calls).set(callId, answered(call, questionId, context.host.now())),
  })
  enqueue(() => call.caller.send({ type: 'call.question.withdrawn', questionId }))
})

function answered(call: RunningCall, questionId: string, now: number): RunningCall {
  return { ...call, questions: call.questions.filter((one) => one !== questionId), sentAt: now }
}
