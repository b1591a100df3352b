import { logFrameworkTo } from '../../agent/worker/framework-log.ts'
import { defineSwitchboardAgent } from '../../agent/worker/worker.ts'
import { auditTo } from '../../audit.ts'
import { createRegistryClient } from '../../registry/client/index.ts'
import { createSwitchboard } from '../../switchboard.ts'
import { registeredTelemetry } from '../../telemetry/registered.ts'
import { keepForData } from '../standard-output.ts'
import { openAudit } from './audit-file.ts'
import { registryKeyVariable } from './environment.ts'
import { createLogger, logEvent, logForeign, logWarnings } from './log.ts'
import { maskOfWorker } from './secrets.ts'
import { configurationOf, sourceOf } from './servers.ts'
import { settingsOfEnvironment } from './settings.ts'

/** What each job process of `switchboard worker` loads. */

const settings = settingsOfEnvironment(process.env)
const { servers, realtime, instructions, audit, auditArguments, timeline, logLevel, registry } = settings
const mask = maskOfWorker(configurationOf(servers, process.env).entries, process.env)
const logger = createLogger(logLevel, mask)
keepForData((text) => logForeign(logger, text))
logWarnings(logger)
logFrameworkTo(logger)

export default defineSwitchboardAgent({
  createSwitchboard: async () => {
    const telemetry = await registeredTelemetry(process.env)
    const switchboard = createSwitchboard({ ...sourceOf(servers), ...telemetry })
    switchboard.subscribe((event) => logEvent(logger, event))
    if (audit !== undefined) auditTo(switchboard, openAudit(audit), { arguments: auditArguments, mask })
    return switchboard
  },
  realtime,
  ...(registry === undefined
    ? {}
    : {
        registry: createRegistryClient({
          ...registry,
          token: process.env[registryKeyVariable] ?? '',
          onProblem: (reason) => logger.warn(`the registry: ${reason}`),
        }),
      }),
  ...(instructions === undefined ? {} : { instructions }),
  timeline: timeline === 'off' ? false : { contents: timeline === 'contents' },
})
