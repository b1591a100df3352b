import type { ConnectionCommand } from '../contract/connection.ts'
import type { SwitchboardEvent } from '../contract/protocol.ts'

/** What the machines do to the world, in the order in which they do it. */
export type Decision =
  | { type: 'connection.dialled'; connection: string; server: string; generation: number }
  | { type: 'connection.told'; connection: string; command: ToldCommand }
  | { type: 'timer.set'; timer: string; delayMs: number }
  | { type: 'timer.cleared'; timer: string }
  | { type: 'random.drawn'; value: number }
  | { type: 'published'; event: SwitchboardEvent }

/** The tool by its name: its definition stands in the event that listed it. */
type ToldCommand =
  | Exclude<ConnectionCommand, { type: 'call' }>
  | (Omit<Extract<ConnectionCommand, { type: 'call' }>, 'tool'> & { tool: string })

export function told(connection: string, command: ConnectionCommand): Decision {
  const short = command.type === 'call' ? { ...command, tool: command.tool.name } : command
  return { type: 'connection.told', connection, command: short }
}

/** Names what is made after the last input before it. */
export class Names {
  #input = 0
  #made = 0

  begin(input: number): void {
    this.#input = input
    this.#made = 0
  }

  next(): string {
    this.#made += 1
    return `${this.#input}.${this.#made}`
  }
}
