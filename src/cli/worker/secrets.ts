import { SealedTarget } from '../../config/sealed-target.ts'
import type { Mask } from '../../config/secrets.ts'
import type { Configuration } from '../../config/servers.ts'
import { proxyTokenVariable } from '../token-file.ts'
import { registryKeyVariable } from './environment.ts'

const secretVariables = [
  'LIVEKIT_API_SECRET',
  'OPENAI_API_KEY',
  registryKeyVariable,
  proxyTokenVariable,
] as const

/** Hides the secrets of every server, and those that the worker itself has. */
export function maskOfWorker(entries: Configuration['entries'], environment: NodeJS.ProcessEnv): Mask {
  const own = secretVariables.flatMap((name) => environment[name] ?? [])
  const targets = [
    new SealedTarget({ kind: 'stdio', command: '', args: [], env: {} }, own),
    ...entries.flatMap(({ definition }) => definition?.target ?? []),
  ]
  return (text) => targets.reduce((told, target) => target.mask(told), text)
}
