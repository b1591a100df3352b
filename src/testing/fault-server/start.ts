import type { JsonObject } from '../../contract/protocol.ts'
import { type ArrangedFault, type Fault, FaultPlan } from './faults.ts'
import { serveHttp } from './http.ts'
import { Ledger, type ReceivedCall } from './ledger.ts'
import { serveStdio } from './stdio.ts'
import type { FaultServerTool } from './tools.ts'
import type { Wire } from './wire.ts'

export interface FaultServerOptions {
  /** `stdio`: a process, which each client starts for itself. `http`: on loopback. Default: `stdio`. */
  over?: 'stdio' | 'http'
  /** What it calls itself. Default: `fault-server`. */
  name?: string
  /** By name. */
  tools: Record<string, FaultServerTool>
}

/** An MCP server that does everything right but what it is told to do wrong, and remembers what it really did. */
export interface FaultServer {
  /** What stands under `mcpServers`; JSON, so that it can be written to a file too. */
  readonly entry: JsonObject
  /** Each call that reached it. */
  readonly calls: ReceivedCall[]
  /** Those whose tool was started: what was really done, whatever the client heard of it. */
  readonly executions: ReceivedCall[]
  /** Arranges what goes wrong at requests that come from now on. @throws RangeError for what its wire does not have */
  fault(fault: Fault): ArrangedFault
  /** No arranged fault strikes any more, and nothing is frozen. What is dead stays so. */
  lift(): void
  /** As `{ kind: 'die' }`, now. */
  kill(): Promise<void>
  /** Over HTTP it listens again, on its port and without sessions, also after `kill()`; over stdio it is killed: its clients start it. */
  restart(): Promise<void>
  /** As `{ kind: 'freeze' }`, now. */
  freeze(): void
  /** What was asked meanwhile is answered. */
  thaw(): void
  /** Resolves when a call of `tool`, or of any, has come, or `times` of them; rejects after `withinMs` (default: 10,000). */
  untilCalled(tool?: string, options?: { times?: number; withinMs?: number }): Promise<void>
  /** The same, once a call is taken back by its client. */
  untilCancelled(tool?: string, options?: { withinMs?: number }): Promise<void>
  /** Ends it and its processes. */
  close(): Promise<void>
}

const untilMs = 10_000

/** Resolves when clients can reach it. */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { over = 'stdio', name = 'fault-server', tools } = options
  const plan = new FaultPlan()
  const ledger = new Ledger()
  const parts = { name, tools, plan, ledger }
  const wire: Wire = await (over === 'http' ? serveHttp(parts) : serveStdio(parts))
  const isOf = (tool: string | undefined) => (call: ReceivedCall) => tool === undefined || call.tool === tool
  return {
    get entry() {
      return wire.entry
    },
    get calls() {
      return ledger.calls
    },
    get executions() {
      return ledger.calls.filter(({ executed }) => executed)
    },
    fault(fault) {
      if (fault.kind === 'status' && over === 'stdio') {
        throw new RangeError(
          `there is no status ${fault.status} over stdio; start the server with over: 'http'`,
        )
      }
      return plan.add(fault)
    },
    lift() {
      plan.clear()
      wire.thaw()
    },
    kill: () => wire.kill(),
    restart: () => wire.restart(),
    freeze: () => wire.freeze(),
    thaw: () => wire.thaw(),
    untilCalled(tool, { times = 1, withinMs = untilMs } = {}) {
      const what = `${name}: ${times} of ${tool ?? 'any tool'}`
      return ledger.until(what, (calls) => calls.filter(isOf(tool)).length >= times, withinMs)
    },
    untilCancelled(tool, { withinMs = untilMs } = {}) {
      const isTrue = (calls: readonly ReceivedCall[]) =>
        calls.some((call) => isOf(tool)(call) && call.cancelled)
      return ledger.until(`${name}: ${tool ?? 'any call'} cancelled`, isTrue, withinMs)
    },
    close: () => wire.close(),
  }
}
