import type { Conversation, JsonObject, Outcome, ReadOutcome, Switchboard } from '../../src/index.ts'

/** Without servers, since what is tested is the way to it: each call gives back its arguments, in an order of its own. */
export function echoing(): { switchboard: Switchboard; calls: () => number } {
  let calls = 0
  const held: (() => void)[] = []
  const call = async (_: string, args: JsonObject): Promise<Outcome> => {
    calls += 1
    await new Promise<void>((resolve) => {
      held.push(resolve)
      // The last that came is the first that goes.
      setImmediate(() => held.pop()?.())
    })
    const text = JSON.stringify(args)
    const content = [{ type: 'text', text }]
    return { ok: true, callId: `call-${calls}`, server: 'echo', content, text, attempts: [], durationMs: 0 }
  }
  const nothing = () => {}
  const read = async (server: string): Promise<ReadOutcome> => {
    const error = { code: 'server_failed', effect: 'none', message: 'It is no server.' } as const
    return { ok: false, server, error, durationMs: 0 }
  }
  const conversation: Conversation = {
    ...{
      id: 'echo',
      functions: [],
      prompts: [],
      instructions: [],
      read,
      call,
      heard: nothing,
      interrupt: nothing,
      speaking: nothing,
    },
    ...{ end: async () => {}, subscribe: () => nothing },
  }
  const switchboard: Switchboard = {
    ...{ start: nothing, settled: async () => {}, servers: [], functions: [], details: () => undefined },
    ...{
      warnings: [],
      instructions: [],
      read,
      call,
      conversation: () => conversation,
      subscribe: () => nothing,
    },
    ...{ configure: async () => {}, restart: async () => {}, stop: async () => {} },
  }
  return { switchboard, calls: () => calls }
}
