import type { Queries } from '../database/database.ts'
import { registryActor } from '../store.ts'
import { VaultError } from '../vault/keys.ts'
import type { Vault } from '../vault/vault.ts'
import { audit, type Parts } from './parts.ts'
import { type SealedField, sealedFields } from './sealed-fields.ts'

export interface Rotation {
  /** Secrets that are under the current key now and were not. */
  rewrapped: number
  /** What cannot be opened, in words; it stays as it is. */
  unreadable: string[]
}

/**
 * Puts every secret under the vault's first key. Safe while the service runs: each batch is a transaction that locks its rows.
 * Once nothing is unreadable, and every process has the new key first, the older keys can go.
 */
export async function rotateKeys(
  { database, vault }: Parts,
  { batchSize = 100 }: { batchSize?: number } = {},
): Promise<Rotation> {
  const rotation: Rotation = { rewrapped: 0, unreadable: [] }
  for (const field of sealedFields) {
    let after: readonly string[] | undefined = []
    while (after !== undefined) {
      const from: readonly string[] = after
      const batch = await database.transaction((queries) =>
        rewrapBatch(queries, vault, field, from, batchSize),
      )
      rotation.rewrapped += batch.rewrapped
      rotation.unreadable.push(...batch.unreadable)
      after = batch.last
    }
  }
  await database.transaction((queries) =>
    audit(queries, {
      actor: registryActor,
      action: 'keys.rotated',
      subject: vault.currentKeyId,
      details: { rewrapped: rotation.rewrapped, unreadable: rotation.unreadable.length },
    }),
  )
  return rotation
}

async function rewrapBatch(
  queries: Queries,
  vault: Vault,
  field: SealedField,
  after: readonly string[],
  limit: number,
): Promise<Rotation & { last: readonly string[] | undefined }> {
  const secrets = await field(queries, { exceptKeyId: vault.currentKeyId, after, limit })
  const batch: Rotation = { rewrapped: 0, unreadable: [] }
  for (const { sealed, place, replace } of secrets) {
    try {
      const rewrapped = vault.rewrap(sealed, place)
      if (rewrapped === undefined) continue
      await replace(rewrapped)
      batch.rewrapped += 1
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      batch.unreadable.push(error.message)
    }
  }
  return { ...batch, last: secrets.at(-1)?.key }
}
