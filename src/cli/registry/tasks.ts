import { openDatabase } from '../../registry/database/open.ts'
import { withPackages } from '../../registry/packages.ts'
import { StoreError } from '../../registry/store.ts'
import { createVault } from '../../registry/vault/vault.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { teller } from '../json-output.ts'
import { readSecretFiles } from '../secret-files.ts'
import { withStatus } from '../status-line.ts'
import { readStorage } from './environment.ts'
import type { StoreOptions, StoreTask } from './options.ts'

/** The command line itself, in the audit log. */
const actor = { name: 'operator (command line)' }

/** What is done to the registry's database without serving it. */
export async function runTask({ folder, json }: StoreOptions, task: StoreTask): Promise<ExitCode> {
  const tell = teller(json, process.stdout)
  readSecretFiles(process.env)
  const { database: location, keys } = await readStorage(process.env, folder, {
    mustBeThere: task.kind !== 'add key',
  })
  const [{ createStore }, { rotateKeys }] = await withPackages(() =>
    Promise.all([import('../../registry/store/create-store.ts'), import('../../registry/store/rotate.ts')]),
  )
  const database = await withStatus('opening the registry', () => withPackages(() => openDatabase(location)))
  try {
    const parts = { database, vault: createVault({ keys }) }
    const { apiKeys } = createStore(parts)
    switch (task.kind) {
      case 'add key': {
        const { key, record } = await apiKeys.add(actor, task.name, task.role)
        tell({ ...record, key }, key)
        process.stderr.write('This key is shown once; keep it where the agent finds it.\n')
        return 0
      }
      case 'list keys': {
        for (const record of await apiKeys.list()) {
          const { name, role, createdAt } = record
          tell(record, `${name}  ${role}  ${createdAt.toISOString()}`)
        }
        return 0
      }
      case 'remove key':
        await apiKeys.remove(actor, task.name)
        return 0
      case 'rotate secrets': {
        const { rewrapped, unreadable } = await rotateKeys(parts)
        if (json || rewrapped > 0 || unreadable.length === 0) {
          tell({ rewrapped, unreadable }, wordsOfRotation(rewrapped))
        }
        for (const what of unreadable) process.stderr.write(`switchboard: ${what}\n`)
        return unreadable.length === 0 ? 0 : 1
      }
    }
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message)
    throw error
  } finally {
    await database.close()
  }
}

function wordsOfRotation(rewrapped: number): string {
  return rewrapped === 1
    ? '1 secret is under the first key now that was not.'
    : `${rewrapped} secrets are under the first key now that were not.`
}
