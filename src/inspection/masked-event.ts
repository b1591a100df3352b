import { Actor, type ActorRefLike, type AnyEventObject, type InspectionEvent, type Snapshot } from 'xstate'
import type { Mask } from '../config/secrets.ts'
import { Projection } from './projection.ts'

const maxTextCharacters = 2_000

/** Copies of inspection events, and what stands in them for the actors. */
export class MaskedEvents {
  readonly #actors = new WeakMap<ActorRefLike, MaskedActor>()

  readonly #projection: Projection

  constructor(mask: Mask) {
    this.#projection = new Projection(mask, maxTextCharacters)
  }

  of(event: InspectionEvent): InspectionEvent {
    const { rootId } = event
    const actorRef = this.#actor(event.actorRef)
    switch (event.type) {
      case '@xstate.actor':
        return { type: event.type, rootId, actorRef }
      case '@xstate.event': {
        const sourceRef = event.sourceRef && this.#actor(event.sourceRef)
        return { type: event.type, rootId, actorRef, sourceRef, event: this.#event(event.event) }
      }
      case '@xstate.action': {
        const action = { type: event.action.type, params: this.#copy(event.action.params) }
        return { type: event.type, rootId, actorRef, action }
      }
      default: {
        const snapshot = this.#snapshot(event.snapshot)
        return { ...event, actorRef, snapshot, event: this.#event(event.event) }
      }
    }
  }

  #actor(actor: ActorRefLike): MaskedActor {
    const known = this.#actors.get(actor)
    if (known) return known
    const masked = new MaskedActor(actor, {
      parent: actor instanceof Actor && actor._parent ? this.#actor(actor._parent) : undefined,
      snapshot: () => this.#snapshot(snapshotOf(actor)),
    })
    this.#actors.set(actor, masked)
    return masked
  }

  #event(event: AnyEventObject): AnyEventObject {
    const copy = this.#copy(event)
    return { ...(isObject(copy) ? copy : {}), type: event.type }
  }

  #snapshot(snapshot: Snapshot<unknown> | undefined): Snapshot<unknown> {
    if (snapshot === undefined) return { status: 'active', output: undefined, error: undefined }
    const seen: Record<string, unknown> = {}
    // The rest is XState's own.
    for (const key of ['value', 'context', 'input', 'tags', 'children']) {
      if (key in snapshot) seen[key] = this.#copy(Reflect.get(snapshot, key))
    }
    const { status } = snapshot
    switch (status) {
      case 'done':
        return { ...seen, status, output: this.#copy(snapshot.output), error: undefined }
      case 'error':
        return { ...seen, status, output: undefined, error: this.#copy(snapshot.error) }
      default:
        return { ...seen, status, output: undefined, error: undefined }
    }
  }

  #copy(value: unknown): unknown {
    return this.#projection.of(value)
  }
}

/** It can be looked at, and not touched. */
class MaskedActor implements ActorRefLike {
  readonly id: string
  readonly sessionId: string
  /** Where its definition is. */
  readonly logic: unknown
  readonly _parent: MaskedActor | undefined
  readonly getSnapshot: () => Snapshot<unknown>

  constructor(
    actor: ActorRefLike,
    { parent, snapshot }: { parent: MaskedActor | undefined; snapshot: () => Snapshot<unknown> },
  ) {
    const isActor = actor instanceof Actor
    this.id = isActor ? actor.id : actor.sessionId
    this.sessionId = actor.sessionId
    this.logic = isActor ? actor.logic : undefined
    this._parent = parent
    this.getSnapshot = snapshot
  }

  send(): void {}
}

/** An actor that is just being made has none, and may throw. */
function snapshotOf(actor: ActorRefLike): Snapshot<unknown> | undefined {
  try {
    return actor.getSnapshot()
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
