/** What a server answers that does nothing wrong, on any wire. One for each session. */
import { askingTools } from './asking.mjs'
import { markedTools } from './marked.mjs'
import { malformedTools, standardTools } from './tools.mjs'

const versions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']

/** `link`: how notifications leave, `answer` beside the answer of this request, `events` on a stream of their own. */
export function createMcp({ options, directory, notes, isFirst, awake, offered = standardTools }) {
  const names = options.only?.split(',') ?? Object.keys(offered)
  const tools = names.map((name) => ({
    name,
    description: `The tool ${name}`,
    ...(offered[name] ?? askingTools[name] ?? markedTools[name]),
  }))
  for (const name of options.named) tools.push({ name, description: 'Named', ...standardTools.token })
  const running = new Map()
  /** What this server asked, by the id of its request → who waits for the answer. */
  const asked = new Map()

  function ask(method, params, send) {
    const id = `asked-${asked.size + 1}`
    const answer = new Promise((resolve) => asked.set(id, resolve))
    send({ jsonrpc: '2.0', id, method, params })
    const withdraw = () => {
      send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
      asked.get(id)({ withdrawn: true })
    }
    return { answer, withdraw }
  }

  function list({ cursor }) {
    const from = Number(cursor ?? 0)
    const all = [...tools.map(({ run, ...listed }) => listed), ...(options.malformed ? malformedTools : [])]
    const to = from + Number(options.page ?? all.length)
    if (options.endless) return { tools: all.slice(from, to), nextCursor: String(to) }
    return { tools: all.slice(from, to), ...(to < all.length ? { nextCursor: String(to) } : {}) }
  }

  async function call(id, { name, arguments: args = {}, _meta }, link, order) {
    const callId = _meta?.['switchboard/callId']
    running.set(id, { name, callId })
    if (order?.run === 'not') return {}
    notes.ledger({ event: 'start', tool: name, callId, arguments: args, pid: process.pid })
    if (order?.run === 'started') return {}
    const notify = (method, params) => link.answer({ jsonrpc: '2.0', method, params })
    const result = await tools
      .find((tool) => tool.name === name)
      .run(args, {
        directory,
        process: process.pid,
        isFirst,
        note: (note) => notes.ledger({ event: 'note', tool: name, ...note }),
        garble: link.garble,
        ask: (method, params, where) => ask(method, params, link[where]),
        progress: (done, total, message = `step ${done}`) =>
          notify('notifications/progress', {
            progressToken: _meta?.progressToken,
            progress: done,
            total,
            message,
          }),
        change: (tool, where) => {
          tools.push({ description: '', ...tool, run: standardTools.token.run })
          link[where]({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
        },
      })
    notes.ledger({ event: 'finish', tool: name, callId })
    return result
  }

  async function resultOf({ id, method, params = {} }, link, order) {
    switch (method) {
      case 'initialize':
        notes.journal({ event: 'client', capabilities: params.capabilities })
        await awake()
        return {
          protocolVersion: versions.includes(params.protocolVersion)
            ? params.protocolVersion
            : versions.at(-1),
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: 'test', version: '1.0.0' },
        }
      case 'tools/list':
        return list(params)
      case 'tools/call':
        return call(id, params, link, order)
      default:
        return {}
    }
  }

  return {
    isFirst,
    /** The answer to a request. */
    async answer(message, link, order) {
      const { id } = message
      const result = await resultOf(message, link, order)
      if (order?.error) return { jsonrpc: '2.0', id, error: order.error }
      return { jsonrpc: '2.0', id, result: { ...result, ...order?.result } }
    },
    /** The client's answer to what this server asked. */
    hear({ id, result, error }) {
      notes.journal({ event: 'heard', answer: result ?? { error } })
      asked.get(id)?.(result ?? { error })
    },
    /** Whether this answer is still wanted. */
    finish: (id) => {
      const cancelled = running.get(id)?.cancelled ?? false
      running.delete(id)
      return !cancelled
    },
    cancel({ requestId }) {
      const one = running.get(requestId)
      if (!one || one.cancelled) return
      one.cancelled = true
      notes.journal({ event: 'cancelled', tool: one.name, callId: one.callId })
      one.onCancelled?.()
      if (one.name === 'wait') running.delete(requestId)
    },
    onCancelled(id, work) {
      const one = running.get(id)
      if (one?.cancelled) work()
      else if (one) one.onCancelled = work
    },
  }
}
