import { json, problem } from './http/reply.ts'
import type { Route } from './http/routes.ts'
import type { LiveModel } from './model/model.ts'

/** What pages ask for. */
export function routesOf(
  model: LiveModel,
  recordingOf: (conversationId: string) => Uint8Array | undefined,
): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/api\/calls\/([^/]+)$/,
      answer: ({ parameters: [callId = ''] }) => {
        const details = model.calls.get(callId)
        return details ? json(details) : problem(404, 'This call is not remembered any more.')
      },
    },
    {
      method: 'GET',
      path: /^\/api\/actors\/([^/]+)\/steps\/(\d+)$/,
      answer: ({ parameters: [actorId = '', number] }) => {
        const step = model.actors.step(actorId, Number(number))
        return step ? json(step) : problem(404, 'This step is not remembered any more.')
      },
    },
    {
      method: 'GET',
      path: /^\/api\/conversations\/([^/]+)\/recording\.wav$/,
      answer: ({ parameters: [conversationId = ''] }) => {
        const body = recordingOf(conversationId)
        if (!body) return problem(404, 'There is no recording of this conversation.')
        return { status: 200, headers: { 'Content-Type': 'audio/wav' }, body }
      },
    },
  ]
}
