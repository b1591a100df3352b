import { callDownload } from './download/call-download.ts'
import { json, problem, type StreamedBody } from './http/reply.ts'
import type { Route } from './http/routes.ts'
import type { LiveModel } from './model/model.ts'

export interface Records {
  /** WAV. */
  recordingOf(conversationId: string): StreamedBody | undefined
  /** What `recordTo` writes. */
  tapeFile: string | undefined
}

/** What pages ask for. */
export function routesOf(model: LiveModel, { recordingOf, tapeFile }: Records): Route[] {
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
      path: /^\/api\/actors\/([^/]+)$/,
      answer: ({ parameters: [actorId = ''] }) => {
        const details = model.actors.details(actorId)
        return details ? json(details) : problem(404, 'This machine is not remembered any more.')
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
    {
      method: 'GET',
      path: /^\/api\/conversations\/([^/]+)\/download$/,
      answer: ({ parameters: [conversationId = ''] }) => {
        const conversation = model.conversations.get(conversationId)
        if (!conversation) return problem(404, 'This conversation is not remembered any more.')
        return callDownload({
          conversation,
          calls: model.calls.of(conversationId),
          servers: model.servers.views.filter(
            (server) => (server.conversationId ?? conversationId) === conversationId,
          ),
          recording: recordingOf(conversationId),
          tapeFile,
          at: Date.now(),
        })
      },
    },
  ]
}
