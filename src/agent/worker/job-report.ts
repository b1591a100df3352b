import { z } from 'zod'
import { type ServerStatus, type SwitchboardEvent, serverStates } from '../../contract/protocol.ts'

const reportSchema = z.object({
  case: z.literal('switchboard.report'),
  value: z.object({
    servers: z.array(
      z.object({
        name: z.string(),
        state: z.enum(serverStates),
        functions: z.number(),
        lastError: z.string().optional(),
        pid: z.number().optional(),
      }),
    ),
  }),
})

/** What a job process tells the worker of its switchboard. */
export type JobReport = z.infer<typeof reportSchema>['value']

export interface ReportedSwitchboard {
  readonly servers: ServerStatus[]
  /** Returns the unsubscriber. */
  subscribe(listener: (event: SwitchboardEvent) => void): () => void
}

/** Of any message of a process. */
export function readJobReport(message: unknown): JobReport | undefined {
  return reportSchema.safeParse(message).data?.value
}

/** Whether this process was forked by a worker of LiveKit Agents for its jobs. */
export function isJobProcess(): boolean {
  return process.send !== undefined && /job_proc_lazy_main\.[cm]?[jt]s$/.test(process.argv[1] ?? '')
}

/**
 * Tells the worker of the servers, at first when the process has said that it is prepared: the framework takes its first
 * message for that, whatever it is.
 */
export function reportToWorker(switchboard: ReportedSwitchboard): void {
  let isDue = false
  const report = () => {
    if (isDue) return
    isDue = true
    setImmediate(() => {
      isDue = false
      if (!process.connected) return
      const servers = switchboard.servers.map(({ name, state, functions, lastError, pid }) => ({
        ...{ name, state, functions: functions.length },
        ...(lastError === undefined ? {} : { lastError }),
        ...(pid === undefined ? {} : { pid }),
      }))
      // Without a callback, a channel that closes at this moment would be an uncaught error.
      process.send?.({ case: 'switchboard.report', value: { servers } }, () => {})
    })
  }
  switchboard.subscribe((event) => {
    if (event.type === 'server.changed') report()
  })
  report()
}
