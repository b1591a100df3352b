import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../../src/index.ts'
import type { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { temporaryFolder } from './support.ts'
import { WorkerProcess } from './worker-process.ts'

export const noLiveKit = {
  LIVEKIT_URL: '',
  LIVEKIT_API_KEY: '',
  LIVEKIT_API_SECRET: '',
  OPENAI_API_KEY: '',
  LOG_LEVEL: '',
}
export const someLiveKit = {
  ...noLiveKit,
  LIVEKIT_URL: 'ws://127.0.0.1:9',
  LIVEKIT_API_KEY: 'k',
  LIVEKIT_API_SECRET: 's',
}

export async function configurationOf(mcpServers: JsonObject): Promise<string> {
  const file = join(await temporaryFolder(), 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  return file
}

/** A worker on the stand-in. */
export async function startWorker(
  standIn: LiveKitStandIn,
  mcpServers: JsonObject,
  { args = [], env = {} }: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<WorkerProcess> {
  const configFile = await configurationOf(mcpServers)
  return new WorkerProcess(['--config', configFile, '--drain', '1', ...args], {
    ...noLiveKit,
    ...standIn.environment,
    ...env,
  })
}
