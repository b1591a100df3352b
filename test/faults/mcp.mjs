/** What a server answers that does nothing wrong, on any wire. One for each session. */
import { askingTools } from './asking.mjs'
import { markedTools } from './marked.mjs'
import { capabilitiesOf, complete, discovered, refusedByBody } from './modern.mjs'
import { createRounds } from './rounds.mjs'
import { malformedTools, standardTools } from './tools.mjs'

const methodNotFound = { code: -32601, message: 'Method not found' }
const versions = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']

/**
 * `link`: how notifications leave, `answer` beside the answer of this request, `events` on a stream of their own. With
 * `era: 'modern'` it speaks MCP 2026-07-28 alone.
 */
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
  const isModern = options.era === 'modern'
  const rounds = createRounds()
  const ttlMs = Number(options.ttl ?? 0)

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

  async function call(id, params, link, order) {
    const { name, arguments: args = {}, _meta, requestState } = params
    const callId = _meta?.['switchboard/callId']
    running.set(id, { name, callId })
    if (order?.run === 'not') return {}
    const run = requestState === undefined ? rounds.create() : rounds.take(params)
    if (!run) throw { code: -32602, message: 'Unknown requestState' }
    run.link = link
    if (requestState !== undefined) {
      for (const answer of Object.values(params.inputResponses)) notes.journal({ event: 'heard', answer })
      run.answer(params.inputResponses)
      return leg(run, params)
    }
    notes.ledger({ event: 'start', tool: name, callId, arguments: args, meta: _meta, pid: process.pid })
    if (order?.run === 'started') return {}
    const work = tools.find((tool) => tool.name === name).run(args, hostOf(run, name, _meta))
    const whole = Promise.resolve(work).then((result) => {
      notes.ledger({ event: 'finish', tool: name, callId })
      return result
    })
    if (!isModern) return whole
    run.start(whole)
    return leg(run, params)
  }

  async function leg(run, params) {
    const result = await run.leg()
    if (result.inputRequests && !capabilitiesOf({ params })?.elicitation) {
      const data = { requiredCapabilities: { elicitation: { form: {} } } }
      throw { code: -32021, message: 'The client does not say that it can be asked', data }
    }
    return result
  }

  function hostOf(run, name, _meta) {
    const notify = (method, params) => run.link.answer({ jsonrpc: '2.0', method, params })
    return {
      directory,
      process: process.pid,
      isFirst,
      note: (note) => notes.ledger({ event: 'note', tool: name, ...note }),
      garble: run.link.garble,
      ask: (method, params, where) =>
        isModern ? run.ask(method, params) : ask(method, params, run.link[where]),
      progress: (done, total, message = `step ${done}`) =>
        notify('notifications/progress', {
          progressToken: _meta?.progressToken,
          progress: done,
          total,
          message,
        }),
      change: (tool, where) => {
        tools.push({ description: '', ...tool, run: standardTools.token.run })
        run.link[isModern ? 'events' : where]({
          jsonrpc: '2.0',
          method: 'notifications/tools/list_changed',
        })
      },
    }
  }

  const capabilities = { tools: isModern && options['no-events'] ? {} : { listChanged: true } }

  async function greet(client) {
    notes.journal({ event: 'client', capabilities: client })
    await awake()
  }

  async function resultOf({ id, method, params = {} }, link, order) {
    switch (method) {
      case 'initialize':
        await greet(params.capabilities)
        return {
          protocolVersion: versions.includes(params.protocolVersion)
            ? params.protocolVersion
            : versions.at(-1),
          capabilities,
          serverInfo: { name: 'test', version: '1.0.0' },
        }
      case 'server/discover':
        if (!isModern) throw methodNotFound
        await greet(capabilitiesOf({ params }))
        return discovered(capabilities)
      case 'tools/list':
        return list(params)
      case 'tools/call':
        return call(id, params, link, order)
      default:
        if (isModern) throw methodNotFound
        return {}
    }
  }

  return {
    isFirst,
    isModern,
    /** The answer to a request. */
    async answer(message, link, order) {
      const { id, method } = message
      const refusal = isModern ? refusedByBody(message) : undefined
      if (refusal) return { jsonrpc: '2.0', id, error: order?.error ?? refusal }
      let result
      try {
        result = await resultOf(message, link, order)
      } catch (error) {
        if (error instanceof Error) throw error
        return { jsonrpc: '2.0', id, error }
      }
      if (order?.error) return { jsonrpc: '2.0', id, error: order.error }
      const whole = { ...(isModern ? complete(method, result, ttlMs) : result), ...order?.result }
      for (const field of order?.without ?? []) delete whole[field]
      return { jsonrpc: '2.0', id, result: whole }
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
      if (!one) notes.journal({ event: 'cancelled after its end' })
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
