import type { RegistryStore } from '../store.ts'

const cacheMs = 1_000

/** Whether the database answers. Anybody may ask, so it is not asked each time. */
export function createReadiness(store: Pick<RegistryStore, 'isReachable'>): () => Promise<boolean> {
  let known: { at: number; isReachable: Promise<boolean> } | undefined
  return () => {
    if (known === undefined || performance.now() - known.at > cacheMs) {
      known = { at: performance.now(), isReachable: store.isReachable().catch(() => false) }
    }
    return known.isReachable
  }
}
