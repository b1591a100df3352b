import type { Order } from '../../support/test-server.ts'
import type { Transport } from '../../support/transports.ts'
import { both, type CallFault, call, isReplaced, modernOnly, stays } from './fault.ts'

/** As the SDK's own server does it. */
const refusal = (over: Transport, status: number, code: number): Omit<Order, 'at'> => {
  const error = { code, message: 'no' }
  if (over === 'stdio') return { error }
  const body = `{"jsonrpc":"2.0","id":$ID,"error":${JSON.stringify(error)}}`
  return { status, headers: { 'content-type': 'application/json' }, body }
}

/** What can go wrong in MCP 2026-07-28 alone. */
export const modernFaults: readonly CallFault[] = [
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
