import type { ConnectionEvent } from '../../contract/connection.ts'
import type { SwitchboardEvent } from '../../contract/protocol.ts'
import type { Decision } from '../../recording/decision.ts'
import type { Input } from '../../recording/tape.ts'
import { reasonOf } from '../server-state.ts'

/** One line of a timeline. `isMain`: worth showing also to who does not look for details. */
export interface Told {
  label: string
  text: string
  isMain: boolean
}

const main = (label: string, text: string): Told => ({ label, text, isMain: true })
const detail = (label: string, text: string): Told => ({ label, text, isMain: false })

/** Puts a replay in words. Remembers what they refer to, so each input and decision is told once, in order. */
export class Teller {
  readonly #servers = new Map<string, string>()
  readonly #delays = new Map<string, number>()
  readonly #functions = new Map<string, string>()
  readonly #states = new Map<string, string>()

  input(input: Input): Told {
    switch (input.type) {
      case 'servers.start':
      case 'servers.configure': {
        const names = input.entries.map(({ name }) => name).join(', ') || 'no server'
        const verb = input.type === 'servers.start' ? 'start' : 'configure'
        return main('host', `${verb} ${names}${input.pool === 0 ? '' : ', for one conversation'}`)
      }
      case 'servers.await':
        return detail('host', `wait for the servers, ${input.timeoutMs} ms at most`)
      case 'servers.settle':
        return detail('host', 'function names are settled')
      case 'servers.stop':
        return main('host', input.pool === 0 ? 'stop' : 'stop the servers of one conversation')
      case 'server.restart':
        return main('host', `restart ${input.name}`)
      case 'server.renew':
        return main('host', `${input.name} has other credentials`)
      case 'server.read':
        return main('host', `read from ${input.name}: ${JSON.stringify(input.request)}`)
      case 'server.read.cancel':
        return detail('host', `reading from ${input.name} is cancelled`)
      case 'servers.unknown':
        return main('host', input.problem ?? 'the servers are known again')
      case 'conversation.open':
        return detail('host', `conversation ${input.conversation} begins`)
      case 'conversation.interrupt':
        return main('host', 'the caller speaks')
      case 'conversation.heard':
        return main('host', 'the caller has heard the question')
      case 'conversation.speaking':
        return main('host', `the ${input.who} ${input.isSpeaking ? 'speaks' : 'is silent'}`)
      case 'conversation.end':
        return detail('host', `conversation ${input.conversation} ends`)
      case 'function.call':
        this.#functions.set(input.callId, input.name)
        return main('call', `${input.name} ${JSON.stringify(input.arguments)}`)
      case 'function.cancel':
        return main('cancel', this.#functionOf(input.callId))
      case 'question.answer':
        return main('answer', `${this.#functionOf(input.callId)}: ${input.answer.action}`)
      case 'connection.event':
        return this.#event(this.#serverOf(input.connection), input.event)
      case 'connection.gone':
        return detail(this.#serverOf(input.connection), `connection ${input.connection} is gone`)
      case 'connection.threw':
        return main(this.#serverOf(input.connection), `its connection broke: ${input.message}`)
      case 'timer.fired':
        return detail('timer', `${input.timer}: ${this.#delays.get(input.timer) ?? '?'} ms have passed`)
    }
  }

  decision(decision: Decision): Told {
    switch (decision.type) {
      case 'connection.dialled':
        this.#servers.set(decision.connection, decision.server)
        return main('', `dial ${decision.server}, generation ${decision.generation}`)
      case 'connection.told': {
        const { type, ...rest } = decision.command
        return detail('', `tell ${this.#serverOf(decision.connection)}: ${type} ${JSON.stringify(rest)}`)
      }
      case 'timer.set':
        this.#delays.set(decision.timer, decision.delayMs)
        return detail('', `timer ${decision.timer}: ${decision.delayMs} ms`)
      case 'timer.cleared':
        return detail('', `timer ${decision.timer} is cleared`)
      case 'random.drawn':
        return detail('', `random ${decision.value}`)
      case 'published':
        return this.#published(decision.event)
    }
  }

  #event(server: string, event: ConnectionEvent): Told {
    switch (event.type) {
      case 'connection.connected':
        return main(server, event.pid === undefined ? 'connected' : `connected, process ${event.pid}`)
      case 'connection.tools':
        return main(server, `lists ${event.tools.map(({ name }) => name).join(', ') || 'no tool'}`)
      case 'connection.lost':
      case 'connection.unauthorized':
      case 'connection.suspect':
      case 'connection.garbled':
      case 'connection.stream.lost':
        return main(server, `${event.type.slice('connection.'.length)}: ${event.reason}`)
      case 'connection.checked':
        return detail(server, event.ok ? 'answers a ping' : 'does not answer a ping')
      case 'connection.read.ended':
        return detail(server, event.end.ok ? 'was read' : `was not read: ${event.end.error.message}`)
      case 'connection.call.sent':
      case 'connection.call.progress':
      case 'connection.call.ended':
        return detail(server, `${event.type.slice('connection.'.length)}: ${this.#functionOf(event.callId)}`)
      case 'connection.logged':
        return detail(server, `logs: ${event.level}: ${event.text}`)
      case 'connection.question':
        return main(server, `asks: ${event.question.message}`)
      case 'connection.question.withdrawn':
      case 'connection.call.late':
      case 'connection.heard':
      case 'connection.closed':
        return detail(server, event.type.slice('connection.'.length))
    }
  }

  #published(event: SwitchboardEvent): Told {
    switch (event.type) {
      case 'server.changed': {
        const { name, state } = event.server
        const before = this.#states.get(name)
        this.#states.set(name, state)
        if (before === state) return detail('', `${name} is ${state} still`)
        const reason = reasonOf(event.server)
        return main('', `${name} is ${state}${reason === undefined ? '' : `: ${reason}`}`)
      }
      case 'server.logged':
        return detail('', `${event.server} logs: ${event.level}`)
      case 'functions.changed':
        return detail('', `functions: ${event.functions.map(({ name }) => name).join(', ') || 'none'}`)
      case 'tool.changed':
        return main('', `${event.server}: the definition of ${event.tool} is another than before`)
      case 'call.started':
        return detail('', `${event.function} begins`)
      case 'call.sent':
        return main('', `${event.function} is at ${event.server}`)
      case 'call.progress':
        return main('', `${this.#functionOf(event.callId)}: progress ${event.progress}`)
      case 'question.asked':
        return main('', `${event.function} asks its caller`)
      case 'question.ended':
        return main('', `the question of ${event.function} is ${event.how.replace('_', ' ')}`)
      case 'call.ended': {
        const { outcome } = event
        const end = outcome.ok
          ? `is answered by ${outcome.server}`
          : `ends: ${outcome.error.code}, effect ${outcome.error.effect}`
        return main('', `${event.function} ${end}, ${outcome.durationMs} ms`)
      }
      case 'question.due':
        return main('', `the caller has to be asked about ${event.function}`)
      case 'question.over':
        return detail('', 'that question need not be asked any more')
      case 'silence.noticed':
        return main('', `nobody speaks while ${event.functions.join(', ')} runs`)
      case 'configuration.changed':
      case 'configuration.rejected':
        return detail('', event.type)
    }
  }

  #serverOf(connection: string): string {
    return this.#servers.get(connection) ?? `connection ${connection}`
  }

  #functionOf(callId: string): string {
    return this.#functions.get(callId) ?? callId
  }
}
