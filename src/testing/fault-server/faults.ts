import type { JsonObject } from '../../contract/protocol.ts'

/** What the server does instead of answering rightly. */
export type FaultKind =
  /** Its process is killed (SIGKILL). Over HTTP every connection is reset, and nobody listens until `restart()`. */
  | { kind: 'die' }
  /** The same, but over HTTP it listens again at once, on the same port and without its sessions. */
  | { kind: 'restart' }
  /** Half the answer; then its process is killed, over HTTP the connection reset. */
  | { kind: 'cut' }
  /** No answer to this request. Others are answered, pings too. */
  | { kind: 'hang' }
  /** No answer to this or any other request, pings included, until `thaw()`; over stdio a new process answers. */
  | { kind: 'freeze' }
  /** The right answer, this much later. */
  | { kind: 'slow'; delayMs: number }
  /** What is no answer of MCP: over stdio a log line glued to it, over HTTP a page of HTML with status 200. */
  | { kind: 'garble' }
  /** An answer of HTTP instead. Over stdio there is none: refused with a RangeError. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** A JSON-RPC error, as a server gives it that could not carry out the request. */
  | { kind: 'error'; code: number; message?: string }
  /** The tool's own error (`isError`), in these words. */
  | { kind: 'tool error'; message: string }
  /** This result instead of the right one: `{ content: 'no list' }` has not the form of MCP, others may break an `outputSchema`. */
  | { kind: 'result'; result: JsonObject }

/** @inline */
interface Place {
  /** Which of the requests that it fits, counted from now. Default: 1, the next. */
  request?: number
  /** How many of them, one after the other. Default: 1; `Infinity` until it is lifted. */
  times?: number
}

/** At a call of a tool. */
export type CallFault = FaultKind &
  Place & {
    on?: 'tools/call'
    /** Default: any. */
    tool?: string
    /** Whether the tool runs, and stands in `executions`, before the fault shows. */
    executed: boolean
  }

/** At another request, before which no tool runs. */
export type RequestFault = FaultKind & Place & { on: 'initialize' | 'tools/list' | 'ping' }

export type Fault = CallFault | RequestFault

/** A fault that waits for its request. */
export interface ArrangedFault {
  /** How often it struck: a test whose fault never does proves nothing. */
  readonly struck: number
  /** It strikes no more. */
  lift(): void
}

interface Planned {
  fault: Fault
  /** Requests that it fits. */
  seen: number
  struck: number
}

/** The faults that were arranged; of several that fit a request the first one strikes. */
export class FaultPlan {
  #planned: Planned[] = []

  add(fault: Fault): ArrangedFault {
    const planned: Planned = { fault, seen: 0, struck: 0 }
    this.#planned.push(planned)
    return {
      get struck() {
        return planned.struck
      },
      lift: () => {
        this.#planned = this.#planned.filter((other) => other !== planned)
      },
    }
  }

  clear(): void {
    this.#planned = []
  }

  /** What happens at a request that came just now. */
  at(method: string, tool?: string): Fault | undefined {
    let striking: Planned | undefined
    for (const planned of this.#planned) {
      const { fault } = planned
      if (!fits(fault, method, tool)) continue
      planned.seen += 1
      const { request = 1, times = 1 } = fault
      if (planned.seen >= request && planned.seen < request + times) striking ??= planned
    }
    if (striking) striking.struck += 1
    return striking?.fault
  }
}

function fits(fault: Fault, method: string, tool: string | undefined): boolean {
  if (fault.on !== undefined && fault.on !== 'tools/call') return fault.on === method
  return method === 'tools/call' && (fault.tool === undefined || fault.tool === tool)
}
