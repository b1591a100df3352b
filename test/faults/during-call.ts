import type { Effect, ErrorCode, QuestionAnswer, ServerState } from '../../src/index.ts'
import { seatRequest } from '../support/caller.ts'
import type { Order } from '../support/test-server.ts'
import { type Era, killServer, type Transport, transports } from '../support/transports.ts'
import type { InEras } from './cases.ts'
import type { Subject } from './subject.ts'

/** What may end the call; the driver sets every other time to ten minutes. */
export type Told = 'at once' | 'silence' | 'deadline'

export interface CallFault extends InEras<CallFault> {
  fault: string
  over: readonly Transport[]
  flags?: string[]
  tool?: { name: string; arguments: Record<string, unknown> }
  orders: (over: Transport, era: Era) => Order[]
  /** What happens just before the call. */
  strike?: (subject: Subject) => Promise<void>
  /** The caller, who is asked during the call. */
  onQuestion?: (subject: Subject) => Promise<QuestionAnswer>
  /** Codes of the attempts before the last. */
  earlier?: ErrorCode[]
  /** `ok`, or the error. */
  ends: 'ok' | `${ErrorCode}, ${Effect}`
  told: Told
  /** How often the tool was started. */
  ran: 0 | 1
  /** What the server goes through from ready until it is ready again. */
  states: ServerState[] | ((over: Transport) => ServerState[])
  /** `restart`: the operator's new start, where nothing else can help. */
  lifted?: 'restart'
}

const both = transports
const stdio = ['stdio'] as const
const http = ['http'] as const

const stays: ServerState[] = ['ready']
const isDegraded: ServerState[] = ['ready', 'degraded', 'ready']
/** It answers pings, then its call times out. */
const isDegradedTwice: ServerState[] = ['ready', 'degraded', 'ready', 'degraded', 'ready']
const isReplaced: ServerState[] = ['ready', 'reconnecting', 'ready']
const isGivenUp: ServerState[] = ['ready', 'degraded', 'reconnecting', 'ready']
/** A process of ours is replaced; a remote one goes on when it can. */
const isStopped = (over: Transport) => (over === 'stdio' ? isGivenUp : isDegraded)

const noSessions = { era: 'legacy', because: 'no sessions' } as const

/** By which a server is asked whether it is there. */
export const checkOf = (era: Era) => (era === 'legacy' ? 'ping' : 'server/discover')

const modernOnly = { era: 'modern', because: '' } as const

const call = (order: Omit<Order, 'at'>): Order => ({ at: 'tools/call', ...order })
/** A text as the wire carries it: a line, or an event of the answer stream. */
const line = (over: Transport, text: string) => (over === 'stdio' ? `${text}\n` : `data: ${text}\n\n`)
/** The beginning of an answer. */
const half = (over: Transport) => (over === 'stdio' ? '$HALF' : 'data: $HALF')
/** As the SDK's own server does it. */
const refusal = (over: Transport, status: number, code: number): Omit<Order, 'at'> => {
  const error = { code, message: 'no' }
  if (over === 'stdio') return { error }
  const body = `{"jsonrpc":"2.0","id":$ID,"error":${JSON.stringify(error)}}`
  return { status, headers: { 'content-type': 'application/json' }, body }
}

const faults: CallFault[] = [
  {
    fault: 'its process dies before it runs the tool',
    over: both,
    orders: () => [call({ run: 'not', ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 0,
    states: isReplaced,
  },
  {
    fault: 'its process dies while the tool runs',
    over: both,
    orders: () => [call({ run: 'started', ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process dies between the tool and the answer',
    over: both,
    orders: () => [call({ ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process dies in the middle of the answer',
    over: both,
    orders: (over) => [call({ write: half(over), ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process dies right after the answer',
    over: both,
    orders: () => [call({ ending: 'answer and die' })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process dies while it asks the caller',
    over: both,
    tool: { name: 'ask', arguments: { requests: [seatRequest()] } },
    orders: () => [],
    onQuestion: async ({ server }) => {
      await killServer(server)
      return { action: 'decline' }
    },
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process exits by itself',
    over: both,
    orders: () => [call({ run: 'started', ending: 'exit' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process dies while a child of it holds its pipes',
    over: stdio,
    flags: ['--child'],
    orders: () => [call({ run: 'started', ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'it closes its output and lives',
    over: stdio,
    orders: () => [call({ ending: 'close' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'its process is stopped (SIGSTOP) before it runs the tool',
    over: both,
    orders: () => [call({ run: 'not', ending: 'stop' })],
    ends: 'timed_out, unknown',
    told: 'silence',
    ran: 0,
    states: isStopped,
  },
  {
    fault: 'its process is stopped (SIGSTOP) after it ran the tool',
    over: both,
    orders: () => [call({ ending: 'stop' })],
    ends: 'timed_out, unknown',
    told: 'silence',
    ran: 1,
    states: isStopped,
  },
  {
    fault: 'it is stopped (SIGSTOP) right after the answer',
    over: both,
    orders: () => [call({ ending: 'answer and stop' })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isStopped,
  },
  {
    fault: 'it hangs, pings included',
    over: both,
    orders: (_, era) => [
      call({ run: 'started', ending: 'nothing' }),
      { at: checkOf(era), ending: 'nothing' },
    ],
    ends: 'timed_out, unknown',
    told: 'silence',
    ran: 1,
    states: isDegraded,
  },
  {
    fault: 'the tool hangs, the server answers pings',
    over: both,
    orders: () => [call({ run: 'started', ending: 'nothing' })],
    ends: 'timed_out, unknown',
    told: 'deadline',
    ran: 1,
    states: isDegraded,
  },
  {
    fault: 'it answers after the call was cancelled',
    over: both,
    orders: () => [call({ ending: 'late' })],
    ends: 'timed_out, unknown',
    told: 'deadline',
    ran: 1,
    states: isDegraded,
    // Over HTTP a call is cancelled by the end of its stream.
    modern: { over: stdio },
  },
  {
    fault: 'it answers twice',
    over: both,
    orders: (over) => [call({ write: line(over, '$ANSWER') })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'it answers a request that nobody made, first',
    over: both,
    orders: (over) => [call({ write: line(over, '{"jsonrpc":"2.0","id":"nobody","result":{}}') })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'its answer has 11 MB',
    over: both,
    orders: () => [call({ result: { content: [{ type: 'text', text: 'x'.repeat(11_000_000) }] } })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'it writes a line that is no JSON, then the answer',
    over: stdio,
    orders: () => [call({ write: 'Processing your request...\n' })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isDegraded,
  },
  {
    fault: 'it writes JSON that is no JSON-RPC, then the answer',
    over: stdio,
    orders: () => [call({ write: '{"level":"info","message":"working"}\n' })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isDegraded,
  },
  {
    fault: 'it sends an event that is no JSON, then the answer',
    over: http,
    orders: () => [call({ write: 'data: Processing your request...\n\n' })],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'log text is glued to its answer',
    over: stdio,
    orders: () => [call({ write: 'DEBUG done ' })],
    ends: 'timed_out, unknown',
    told: 'deadline',
    ran: 1,
    states: isDegradedTwice,
  },
  {
    fault: 'it writes half the answer, and no more',
    over: stdio,
    orders: () => [call({ write: '$HALF', ending: 'nothing' })],
    ends: 'timed_out, unknown',
    told: 'deadline',
    ran: 1,
    states: isDegradedTwice,
  },
  {
    fault: 'it sends half the answer, and no more',
    over: http,
    orders: () => [call({ write: 'data: $HALF', ending: 'nothing' })],
    ends: 'timed_out, unknown',
    told: 'deadline',
    ran: 1,
    states: isDegraded,
  },
  {
    fault: 'its answer has not the form of MCP',
    over: both,
    orders: () => [call({ result: { content: 'no list' } })],
    ends: 'protocol_error, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'its answer breaks the output schema of the tool',
    over: both,
    tool: { name: 'sum', arguments: { answer: 'wrong' } },
    orders: () => [],
    ends: 'invalid_result, done',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'the tool answers `isError`',
    over: both,
    tool: { name: 'fail', arguments: {} },
    orders: () => [],
    ends: 'tool_error, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  ...(
    [
      [-32700, 'none'],
      [-32600, 'none'],
      [-32601, 'none'],
      [-32602, 'unknown'],
      [-32603, 'unknown'],
      [-32000, 'unknown'],
    ] as const
  ).map(
    ([code, effect]): CallFault => ({
      fault: `it answers with JSON-RPC error ${code}`,
      over: both,
      orders: () => [call({ run: effect === 'none' ? 'not' : 'whole', error: { code, message: 'no' } })],
      ends: `protocol_error, ${effect}`,
      told: 'at once',
      ran: effect === 'none' ? 0 : 1,
      states: stays,
    }),
  ),
  {
    fault: 'the answer stream is cut',
    over: http,
    orders: () => [call({ write: ': working\n\n', ending: 'cut' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'the answer stream ends cleanly without an answer',
    over: http,
    orders: () => [call({ write: ': working\n\n', ending: 'close' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'the answer stream has event ids, is cut, and cannot be resumed',
    over: http,
    flags: ['--no-events'],
    modern: { flags: [] },
    orders: () => [call({ write: 'id: 1\ndata:\n\n', ending: 'cut' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'the answer stream has event ids, and its process dies',
    over: http,
    orders: () => [call({ write: 'id: 1\ndata:\n\n', ending: 'die' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: isReplaced,
  },
  {
    fault: 'the connection is cut in the middle of a JSON answer',
    over: http,
    flags: ['--json'],
    orders: () => [call({ write: '$HALF', ending: 'cut' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  {
    fault: 'the connection is reset before any byte of the answer',
    over: http,
    orders: () => [call({ ending: 'reset' })],
    ends: 'connection_lost, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  ...(
    [
      ['HTML', 'text/html', '<h1>Welcome</h1>'],
      ['JSON that is cut', 'application/json', '{"jsonrpc":"2.0","id":'],
      ['no content', 'application/json', ''],
    ] as const
  ).map(
    ([what, type, body]): CallFault => ({
      fault: `it answers 200 with ${what}`,
      over: http,
      orders: () => [call({ status: 200, headers: { 'content-type': type }, body })],
      ends: 'protocol_error, unknown',
      told: 'at once',
      ran: 1,
      states: stays,
    }),
  ),
  ...(
    [
      [400, 'protocol_error, unknown'],
      [402, 'protocol_error, unknown'],
      [403, 'unauthorized, none'],
      [405, 'protocol_error, none'],
      [406, 'protocol_error, none'],
      [408, 'protocol_error, unknown'],
      [409, 'protocol_error, unknown'],
      [413, 'protocol_error, none'],
      [415, 'protocol_error, none'],
      [422, 'protocol_error, unknown'],
      [429, 'overloaded, none'],
      [500, 'protocol_error, unknown'],
      [502, 'protocol_error, unknown'],
      [503, 'protocol_error, unknown'],
      [504, 'protocol_error, unknown'],
    ] as const
  ).map(
    ([status, ends]): CallFault => ({
      fault: `it answers HTTP ${status}`,
      over: http,
      orders: () => [call({ run: ends.endsWith('none') ? 'not' : 'whole', status, body: 'no' })],
      ends,
      told: 'at once',
      ran: ends.endsWith('none') ? 0 : 1,
      states: stays,
    }),
  ),
  {
    fault: 'it answers HTTP 401',
    over: http,
    orders: () => [call({ run: 'not', status: 401 })],
    ends: 'unauthorized, none',
    told: 'at once',
    ran: 0,
    states: ['ready', 'unauthorized', 'connecting', 'ready'],
    lifted: 'restart',
  },
  {
    fault: 'it answers HTTP 404, and has no sessions',
    over: http,
    flags: ['--no-session'],
    orders: () => [call({ status: 404, body: 'no' })],
    ends: 'protocol_error, unknown',
    told: 'at once',
    ran: 1,
    states: stays,
  },
  ...['404', '400'].map(
    (status): CallFault => ({
      fault: `it has forgotten our session (HTTP ${status})`,
      over: http,
      only: noSessions,
      flags: ['--lost-session', status],
      strike: (subject) => subject.control('forget-sessions'),
      orders: () => [],
      earlier: ['server_unavailable'],
      ends: 'ok',
      told: 'at once',
      ran: 1,
      states: isReplaced,
    }),
  ),
  {
    fault: 'its process was started anew just before, and nothing told of it',
    over: http,
    flags: ['--no-events'],
    strike: async (subject) => {
      await subject.killHttp()
      await subject.lift()
    },
    orders: () => [],
    earlier: ['server_unavailable'],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isReplaced,
    modern: { earlier: [], states: stays },
  },
  {
    fault: 'it was replaced just before by one that speaks only the other era, and nothing told of it',
    over: http,
    flags: ['--no-events'],
    strike: async (subject) => {
      subject.server.speak(subject.era === 'legacy' ? 'modern' : 'legacy')
      await subject.killHttp()
      await subject.lift()
    },
    orders: () => [],
    earlier: ['server_unavailable'],
    ends: 'ok',
    told: 'at once',
    ran: 1,
    states: isReplaced,
    // In what words an older server refuses a request, nothing says.
    only: { era: 'legacy', because: 'noticed at the next check' },
  },
  {
    fault: 'it redirects to another origin',
    over: http,
    orders: () => [call({ run: 'not', status: 307, headers: { location: 'http://127.0.0.1:9/mcp' } })],
    ends: 'protocol_error, none',
    told: 'at once',
    ran: 0,
    states: stays,
  },
  ...(
    [
      ['its answer has no `resultType`', { without: ['resultType'] }],
      ['it asks for input, and does not say for which', { result: { resultType: 'input_required' } }],
      ['its answer is of a kind that nobody knows', { result: { resultType: 'maybe' } }],
    ] satisfies [string, Omit<Order, 'at'>][]
  ).map(
    ([fault, order]): CallFault => ({
      fault,
      over: both,
      only: modernOnly,
      orders: () => [call(order)],
      ends: 'protocol_error, unknown',
      told: 'at once',
      ran: 1,
      states: stays,
    }),
  ),
  ...(
    [
      [400, -32021, 'unknown'],
      [404, -32601, 'none'],
    ] as const
  ).map(
    ([status, code, effect]): CallFault => ({
      fault: `it answers with JSON-RPC error ${code}, over HTTP with status ${status}`,
      over: both,
      only: modernOnly,
      orders: (over) => [call({ run: effect === 'none' ? 'not' : 'whole', ...refusal(over, status, code) })],
      ends: `protocol_error, ${effect}`,
      told: 'at once',
      ran: effect === 'none' ? 0 : 1,
      states: stays,
    }),
  ),
  ...[-32020, -32022].map(
    (code): CallFault => ({
      fault: `it answers once with JSON-RPC error ${code}, over HTTP with status 400`,
      over: both,
      only: modernOnly,
      orders: (over) => [call({ run: 'not', once: true, ...refusal(over, 400, code) })],
      earlier: ['server_unavailable'],
      ends: 'ok',
      told: 'at once',
      ran: 1,
      states: isReplaced,
    }),
  ),
]

export const callFaults: readonly CallFault[] = faults
