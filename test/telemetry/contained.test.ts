import { type ContextManager, context, propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, onTestFinished, test } from 'vitest'
import { clientOf, proxyOf } from '../proxy/proxied.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { collectWarnings } from '../support/warnings.ts'
import { Recorded } from './recorded.ts'

function fault(): never {
  throw new Error('a bug in telemetry')
}

const quiet: SpanProcessor = {
  onStart: () => {},
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
}

const noContexts: ContextManager = {
  active: () => ROOT_CONTEXT,
  with: (_, work, self, ...args) => work.call(self, ...args),
  bind: (_, target) => target,
  enable: () => noContexts,
  disable: () => noContexts,
}

function inContexts(manager: Partial<ContextManager>): void {
  context.setGlobalContextManager({ ...noContexts, ...manager })
  onTestFinished(() => context.disable())
}

test.each<[what: string, SpanProcessor?, (() => void)?]>([
  ['at the start of spans', { ...quiet, onStart: fault }],
  ['at the end of spans', { ...quiet, onEnd: fault }],
  [
    'in the propagator',
    quiet,
    () => {
      propagation.setGlobalPropagator({ inject: fault, extract: fault, fields: () => [] })
      onTestFinished(() => propagation.disable())
    },
  ],
  ['where contexts are looked up', quiet, () => inContexts({ active: fault })],
  ['where contexts are entered', quiet, () => inContexts({ with: fault })],
  [
    'where contexts are left',
    quiet,
    () =>
      inContexts({
        with: (_, work, self, ...args) => {
          work.call(self, ...args)
          return fault()
        },
      }),
  ],
])(
  'a fault of telemetry %s harms no call, of a program or of a client of a proxy',
  async (_, processor, register) => {
    register?.()
    const warnings = collectWarnings()
    const server = new TestServer('--only', 'charge')
    const { telemetry } = new Recorded({}, ...(processor ? [processor] : []))
    const opened = await openReady({ bank: server.stdio() }, { telemetry })
    const client = await clientOf(await proxyOf(opened))

    const outcome = await opened.switchboard.call('charge', { amount: 1 })
    const served = await client.callTool({ name: 'charge', arguments: { amount: 2 } })

    expect([outcome.ok, served.isError ?? false]).toEqual([true, false])
    expect(server.runs('charge')).toEqual({ started: 2, finished: 2 })
    expect(opened.server('bank')).toMatchObject({ state: 'ready', generation: 1, inFlight: 0 })
    await warnings.until('telemetry failed: a bug in telemetry')
  },
)
