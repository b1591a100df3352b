import { fromCallback } from 'xstate'
import { messageOf } from '../../contract/errors.ts'
import type { RegistryApi } from './api.ts'
import type { LinkEvent } from './machine.ts'

/**
 * One stream of events from the registry, and a copy of the servers at its beginning and after each change: what changed while no
 * stream was open is in the first. One copy is asked for at a time.
 */
export function createLink(api: Promise<RegistryApi>) {
  return fromCallback<LinkEvent>(({ sendBack }) => {
    const closed = new AbortController()
    let isCopying = false
    let isChangedMeanwhile = false
    let isCurrent = false
    const say = (event: LinkEvent) => {
      if (!closed.signal.aborted) sendBack(event)
    }
    const lose = (error: unknown) => {
      say({ type: 'link.lost', reason: messageOf(error) })
      closed.abort()
    }
    const copy = async (registry: RegistryApi) => {
      isCurrent = false
      isChangedMeanwhile = isCopying
      if (isCopying) return
      isCopying = true
      say({ type: 'link.copied', copy: await registry.servers(closed.signal) })
      isCopying = false
      if (isChangedMeanwhile) await copy(registry)
      else isCurrent = true
    }
    const run = async () => {
      const registry = await api
      const copyNow = () => {
        copy(registry).catch(lose)
      }
      await registry.events(closed.signal, {
        open: copyNow,
        // A registry that lives but tells no servers makes no older copy true.
        word: () => {
          if (isCurrent) say({ type: 'link.heard' })
        },
        changed: copyNow,
      })
    }
    run().catch(lose)
    return () => closed.abort()
  })
}
