import { type CallFault, call, http, isReplaced, noSessions, stays } from './fault.ts'

/** The call comes upon it, and goes out once more on a new connection. */
const foundAnew = {
  over: http,
  orders: () => [],
  earlier: ['server_unavailable'],
  ends: 'ok',
  told: 'at once',
  ran: 1,
  states: isReplaced,
} satisfies Omit<CallFault, 'fault'>

/** What can go wrong over HTTP alone. */
export const httpFaults: readonly CallFault[] = [
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
      only: noSessions,
      flags: ['--lost-session', status],
      strike: (subject) => subject.control('forget-sessions'),
      ...foundAnew,
    }),
  ),
  {
    fault: 'its process was started anew just before, and nothing told of it',
    flags: ['--no-events'],
    strike: async (subject) => {
      await subject.killHttp()
      await subject.lift()
    },
    ...foundAnew,
    modern: { earlier: [], states: stays },
  },
  {
    fault: 'it was replaced just before by one that speaks only the other era, and nothing told of it',
    flags: ['--no-events'],
    strike: async (subject) => {
      subject.server.speak(subject.era === 'legacy' ? 'modern' : 'legacy')
      await subject.killHttp()
      await subject.lift()
    },
    ...foundAnew,
    // In what words an older server refuses a request, nothing says.
    modern: { earlier: [], ends: 'protocol_error, unknown', ran: 0 },
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
]
