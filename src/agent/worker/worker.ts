import { type AgentDefinition, defineAgent, log } from '@livekit/agents'
import { messageOf } from '../../contract/errors.ts'
import { holdCall } from './job.ts'
import { isJobProcess, reportToWorker } from './job-report.ts'
import type { SwitchboardAgentOptions, WorkerData, WorkerSwitchboard } from './options.ts'

const optionsOfDefinitions = new WeakMap<object, SwitchboardAgentOptions>()

/** Of what `defineSwitchboardAgent` made: a rehearsal needs its agent, and no room. */
export function optionsOfDefinition(definition: object): SwitchboardAgentOptions | undefined {
  return optionsOfDefinitions.get(definition)
}

/** Run by the framework alone, a process that is not prepared within 10 s of its start is killed; loading takes some of them. */
const preparedWithinMs = 7_000
const maxSettleMs = 5_000
/** What a process gets to end its calls and servers when its worker is gone. */
const orphanEndMs = 5_000

/**
 * The default export of a LiveKit worker's agent file: one switchboard a process, one conversation a job. A server that is
 * slow to start holds up no process: its functions come when it has come.
 */
export function defineSwitchboardAgent(options: SwitchboardAgentOptions): AgentDefinition<WorkerData> {
  const definition = defineAgent<WorkerData>({
    prewarm: async (proc) => {
      try {
        if (isJobProcess()) endWithWorker(() => proc.userData.switchboard)
        const switchboard = await options.createSwitchboard()
        proc.userData.switchboard = switchboard
        switchboard.start()
        await switchboard.settled({ timeoutMs: settleMs(performance.now()) })
        if (isJobProcess()) reportToWorker(switchboard)
      } catch (error) {
        // The framework notes it at `debug` only, and tries another process when this one did not answer in time.
        log().error(`no switchboard: ${messageOf(error)}`)
        throw error
      }
    },
    entry: (job) => holdCall(job, options),
  })
  optionsOfDefinitions.set(definition, options)
  return definition
}

/** `uptimeMs`: of the process, which starts to count for the framework when it is forked. */
export function settleMs(uptimeMs: number): number {
  return Math.round(Math.min(maxSettleMs, Math.max(1, preparedWithinMs - uptimeMs)))
}

/** Without it, a process lives on for 15 s when its worker was killed, and its servers with it. */
function endWithWorker(switchboard: () => WorkerSwitchboard | undefined): void {
  const end = () => {
    const exit = () => process.exit(1)
    setTimeout(exit, orphanEndMs)
    Promise.resolve(switchboard()?.stop()).then(exit, exit)
  }
  // The worker may have ended while this process was loading.
  if (process.connected) process.once('disconnect', end)
  else end()
}
