import { StoreError } from '../store.ts'

/** A server that was removed meanwhile needs nothing. */
export async function unlessGone(done: Promise<void>): Promise<void> {
  try {
    await done
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'not_found')) throw error
  }
}
