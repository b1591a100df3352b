import { isObject, parseJson } from '../../contract/json.ts'
import type { JsonObject, SwitchboardEvent } from '../../contract/protocol.ts'
import type { ExecutedFunction, VoiceCallEvent } from '../../rehearsal/call/place-call.ts'
import type { PlayedUtterance } from '../../rehearsal/call/played-utterances.ts'
import type { RehearsalEvent } from '../../rehearsal/index.ts'
import type { ModelCall, RehearsedTurn, SaidByAgent, SwitchboardCall } from './result.ts'

/** What happens in a call, put down at the turn in which it begins. */
export class CallObserver {
  readonly greeting: SaidByAgent[] = []
  readonly turns: RehearsedTurn[] = []
  readonly problems: string[] = []
  readonly sounds: PlayedUtterance[] = []
  #beganAt = performance.now()
  readonly #calls = new Map<string, SwitchboardCall>()
  readonly #functions = new Map<string, ModelCall>()
  readonly #speed: number

  /** `speed`: of the call's sound. */
  constructor(speed: number) {
    this.#speed = speed
  }

  /** The call is placed. */
  begin(): void {
    this.#beganAt = performance.now()
  }

  beginTurn(caller: string, isTyped: boolean): void {
    const now = this.#nowMs
    this.turns.push({
      ...{ caller, isTyped, heard: '', calls: [], functions: [], said: [], timedOut: false },
      ...{ startedAtMs: now, finishedAtMs: now, endedAtMs: now },
    })
  }

  callerFinished(): void {
    const turn = this.turns.at(-1)
    if (turn) turn.finishedAtMs = this.#nowMs
  }

  /** Of the switchboard. */
  happened(event: SwitchboardEvent): void {
    if (event.type === 'call.started') {
      const call = { function: event.function, arguments: event.arguments, startedAtMs: this.#nowMs }
      this.#calls.set(event.callId, call)
      this.turns.at(-1)?.calls.push(call)
    } else if (event.type === 'call.ended') {
      const call = this.#calls.get(event.callId)
      if (call) Object.assign(call, { outcome: event.outcome, endedAtMs: this.#nowMs })
    }
  }

  /** Of the stand-in: what the model itself called and read. */
  rehearsed(event: RehearsalEvent): void {
    if (event.type === 'called') this.#called(event.callId, event.function, event.arguments)
    if (event.type !== 'answered') return
    const call = this.#functions.get(event.callId)
    if (call) call.output = event.output
  }

  /** Of the framework: all that is known with a model elsewhere. */
  executed({ callId, function: name, arguments: args, output, isError }: ExecutedFunction): void {
    const call = this.#functions.get(callId) ?? this.#called(callId, name, objectIn(args))
    call.output ??= output
    call.isError = isError
  }

  voice(event: VoiceCallEvent): void {
    const turn = this.turns.at(-1)
    if (event.type === 'problem') this.problems.push(event.message)
    if (event.type === 'agent.said' && event.text !== '') {
      const said = { text: event.text, interrupted: event.interrupted }
      if (turn) turn.said.push(said)
      else this.greeting.push(said)
    }
    if (event.type !== 'turn.ended' || !turn) return
    const { heard, timedOut } = event
    Object.assign(turn, { heard, timedOut, endedAtMs: this.#nowMs })
  }

  sounded({ pcm, startedAtMs, endedAtMs }: PlayedUtterance): void {
    const [from, to] = [Math.round(startedAtMs / this.#speed), Math.round(endedAtMs / this.#speed)]
    this.sounds.push({ pcm, startedAtMs: from, endedAtMs: to })
    const turn = this.turns.at(-1)
    if (turn && from >= turn.finishedAtMs) turn.silenceMs ??= from - turn.finishedAtMs
  }

  #called(callId: string, name: string, args: JsonObject): ModelCall {
    const call: ModelCall = { function: name, arguments: args, isError: false }
    this.#functions.set(callId, call)
    this.turns.at(-1)?.functions.push(call)
    return call
  }

  get #nowMs(): number {
    return Math.round(performance.now() - this.#beganAt)
  }
}

function objectIn(json: string): JsonObject {
  const value = parseJson(json)
  return isObject(value) ? value : {}
}
