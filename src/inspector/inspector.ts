import { packageVersion } from '../contract/version.ts'
import { inspectionOf } from '../switchboard/inspection.ts'
import type { Switchboard } from '../switchboard.ts'
import { chartRoutes } from './charts/index.ts'
import { createFaults, noFaults } from './faults/faults.ts'
import { faultRoutes } from './faults/routes.ts'
import { functionRoutes } from './functions/routes.ts'
import type { RequestHandler } from './http/registry.ts'
import { startPageServer } from './http/server.ts'
import { feed } from './model/feed.ts'
import { LiveModel } from './model/model.ts'
import type { PageVoice } from './page-voice.ts'
import { routesOf } from './routes.ts'
import { serveStately, statelyPath } from './stately/index.ts'
import { maxSoundBytes } from './voice/commands.ts'
import type { CallerServers, VoiceOptions } from './voice/index.ts'
import { VoiceDesk } from './voice-desk.ts'
import type { PageFacts } from './wire.ts'

const maxCommandBytes = 4_096

export interface InspectorOptions {
  /**
   * One address, not `0.0.0.0` or `::`. Default: `127.0.0.1`. Whoever reaches another sees every call, and speaks without
   * encryption.
   */
  host?: string
  /** Default: 0, any free one. */
  port?: number
  /**
   * Lets a call be placed from the page, with the rehearsal; with OpenAI where its key is given; in a LiveKit room where one
   * is. Default: no calls. Needs LiveKit's packages and those of the rehearsal.
   */
  voice?: PageVoice
  /** Lets servers be killed, stopped, slowed, cut off, restarted and disabled from the page. Default: false. */
  allowFaults?: boolean
  /**
   * Offers a second page that shows the machines to Stately's inspector, which a browser loads from stately.ai when somebody
   * presses its button. Default: false. Needs `@statelyai/inspect`.
   */
  stately?: boolean
  /**
   * The users' own servers: what answers `/api/mcp/`, such as an Express application. Behind the page's token but for
   * `GET /api/mcp/oauth/callback`, which asks for the cookie of the sign-in by itself. Default: none.
   */
  registry?: RequestHandler
  /** The servers of who calls from the page; asked with each call, and closed with it. Default: the switchboard's alone. */
  userServersOf?: () => CallerServers | undefined
}

export interface Inspector {
  /** Whoever opens it is let in: it has a token in it. */
  readonly url: string
  /** The same of the page for Stately's inspector. */
  readonly statelyUrl?: string
  /** Calls can be placed, or it is known why not. At once where there is no voice. Never rejects. */
  readonly voiceSettled: Promise<void>
  /** Ends the page's calls and cuts off every page; the switchboard goes on. */
  close(): Promise<void>
}

/**
 * A page on this machine that shows what a switchboard does: its calls, its servers, its machines. With no page open it observes
 * nothing.
 *
 * @throws SwitchboardError `port_in_use`, `wildcard_host`; Error for a switchboard of another copy of this package
 */
export async function createInspector(
  switchboard: Switchboard,
  {
    host = '127.0.0.1',
    port = 0,
    voice,
    allowFaults = false,
    stately = false,
    registry,
    userServersOf,
  }: InspectorOptions = {},
): Promise<Inspector> {
  const startedAt = Date.now()
  const facts = (): PageFacts => ({
    version: packageVersion,
    startedAt,
    canBreak: allowFaults,
    hasRegistry: registry !== undefined,
    ...(desk ? { voice: desk.facts } : {}),
    warnings: switchboard.warnings,
  })
  const forStately = stately ? await serveStately(switchboard) : undefined
  const { pools, conversations, tapeFile } = inspectionOf(switchboard)
  const faults = allowFaults ? createFaults({ pools }) : undefined
  const model = new LiveModel({
    ...{ switchboard, facts },
    faultsOf: (target) => faults?.facts(target) ?? noFaults,
  })
  faults?.subscribe((target) => model.faultsChanged(target))
  const desk =
    voice && new VoiceDesk(voiceOptions(switchboard, voice, model, userServersOf), () => model.factsChanged())
  const server = await startPageServer({
    host,
    port,
    registry,
    routes: [
      ...routesOf(model, { recordingOf: (conversationId) => desk?.recordingOf(conversationId), tapeFile }),
      ...chartRoutes(),
      ...faultRoutes(faults),
      ...functionRoutes({ switchboard, conversations, projection: model.whole }),
      ...(forStately ? [forStately.route] : []),
    ],
    sockets: [
      { path: '/live', maxMessageBytes: maxCommandBytes, connected: (socket) => feed(socket, model) },
      ...(forStately ? [forStately.socket] : []),
      ...(desk ? [{ path: '/voice', maxMessageBytes: maxSoundBytes, connected: desk.hold.bind(desk) }] : []),
    ],
  }).catch((error: unknown) => {
    model.close()
    throw error
  })
  return {
    url: server.urlOf('/'),
    ...(forStately ? { statelyUrl: server.urlOf(statelyPath) } : {}),
    voiceSettled: desk?.start() ?? Promise.resolve(),
    close: async () => {
      await desk?.close()
      await server.close()
      model.close()
    },
  }
}

function voiceOptions(
  switchboard: Switchboard,
  voice: PageVoice,
  model: LiveModel,
  userServersOf: (() => CallerServers | undefined) | undefined,
): VoiceOptions {
  return {
    ...voice,
    ...(userServersOf ? { userServersOf } : {}),
    switchboard,
    mask: (text, isWhole) => (isWhole ? model.whole.text(text) : model.whole.begun(text)),
    recordingUrlOf: (conversationId) =>
      `/api/conversations/${encodeURIComponent(conversationId)}/recording.wav`,
    onTold: (conversationId, message) => {
      if (message.type !== 'words' || !message.isFinal) return
      model.words(conversationId, message.who, message.at, message.text)
    },
  }
}
