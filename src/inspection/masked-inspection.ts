import { Actor, type AnyActor, type InspectionEvent, type Observer, type Subscription } from 'xstate'
import { messageOf } from '../contract/errors.ts'
import type { Inspection, LiveSet } from '../switchboard/inspection.ts'
import { LiveMask } from './live-mask.ts'
import { MaskedEvents } from './masked-event.ts'

/** As `createActor(…, { inspect })` of XState takes it. @inline */
export type InspectionObserver = Observer<InspectionEvent> | ((event: InspectionEvent) => void)

/**
 * Tells of every actor that is there, parents first, then of all that actors get and become: in copies, capped, and without
 * the secrets of the configuration. Returns the unsubscriber. An observer that throws is reported as a process warning and
 * hears no more.
 */
export function inspectMasked(inspection: Inspection, observer: InspectionObserver): () => void {
  const tell = typeof observer === 'function' ? observer : observer.next?.bind(observer)
  if (!tell) return () => {}
  const masked = new MaskedInspection(inspection, tell)
  return () => masked.stop()
}

class MaskedInspection {
  readonly #mask: LiveMask
  readonly #events: MaskedEvents
  readonly #attached = new Map<AnyActor, Subscription>()
  readonly #offs: (() => void)[] = []
  #isStopped = false

  constructor(
    inspection: Inspection,
    private readonly observer: (event: InspectionEvent) => void,
  ) {
    // It learns of a pool before anything of it is told.
    this.#mask = new LiveMask(inspection)
    this.#events = new MaskedEvents(this.#mask.mask)
    this.#watch(inspection.pools, ({ pool }) => pool.actor)
    this.#watch(inspection.conversations, ({ actor }) => actor)
  }

  stop(): void {
    this.#isStopped = true
    this.#mask.stop()
    for (const off of this.#offs.splice(0)) off()
    for (const subscription of this.#attached.values()) subscription.unsubscribe()
    this.#attached.clear()
  }

  #watch<Item>(items: LiveSet<Item>, rootOf: (item: Item) => AnyActor): void {
    const off = items.watch((item, isThere) => {
      const root = rootOf(item)
      if (isThere) this.#attach(root)
      else this.#detach(root)
    })
    if (this.#isStopped) off()
    else this.#offs.push(off)
  }

  /** Each root has a system of its own. */
  #attach(root: AnyActor): void {
    this.#introduce(root, root)
    if (this.#isStopped) return
    this.#attached.set(
      root,
      root.system.inspect((event) => this.#tell(event)),
    )
  }

  #detach(root: AnyActor): void {
    this.#attached.get(root)?.unsubscribe()
    this.#attached.delete(root)
  }

  #introduce(root: AnyActor, actor: AnyActor): void {
    this.#tell({ type: '@xstate.actor', rootId: root.sessionId, actorRef: actor })
    for (const child of childrenOf(actor)) this.#introduce(root, child)
  }

  #tell(event: InspectionEvent): void {
    if (this.#isStopped) return
    try {
      this.observer(this.#events.of(event))
    } catch (error) {
      this.stop()
      const happened = `an observer of the machines threw and hears no more: ${messageOf(error)}`
      process.emitWarning(happened, 'SwitchboardWarning')
    }
  }
}

function childrenOf(actor: AnyActor): AnyActor[] {
  const { children = {} }: { children?: Record<string, unknown> } = actor.getSnapshot()
  return Object.values(children).filter((child) => child instanceof Actor)
}
