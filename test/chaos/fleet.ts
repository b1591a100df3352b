import type { ServerState, Switchboard } from '../../src/index.ts'
import { Victim } from './victim.ts'

/** Both transports, in both eras, alone and, mixed, as one group. */
export function createVictims(): Victim[] {
  return [
    new Victim('stdio1', 'stdio', 'legacy'),
    new Victim('stdio2', 'stdio', 'modern'),
    new Victim('http1', 'http', 'legacy'),
    new Victim('http2', 'http', 'modern'),
    new Victim('stdio3', 'stdio', 'modern', 'pair'),
    new Victim('http3', 'http', 'legacy', 'pair'),
  ]
}

export function entriesOf(victims: readonly Victim[]): Record<string, unknown> {
  const present = victims.filter(({ isRemoved }) => !isRemoved)
  return Object.fromEntries(present.map((victim) => [victim.name, victim.entry]))
}

/** The operator: breaks and mends what only the switchboard's owner can. */
export class Fleet {
  constructor(
    readonly victims: readonly Victim[],
    private readonly switchboard: Switchboard,
  ) {}

  configure(): Promise<void> {
    return this.switchboard.configure({ mcpServers: entriesOf(this.victims) })
  }

  async restart({ name, isRemoved }: Victim): Promise<void> {
    if (!isRemoved) await this.switchboard.restart(name)
  }

  /** It will be ready again by itself, or with an operator's help where it waits for one. */
  async mend(victim: Victim): Promise<void> {
    await victim.mend()
    if (victim.isRemoved) {
      victim.isRemoved = false
      await this.configure()
    }
    const state = this.stateOf(victim)
    if (state === 'unauthorized' || state === 'failed') await this.restart(victim)
  }

  isReady(victim: Victim): boolean {
    return this.stateOf(victim) === 'ready'
  }

  private stateOf({ name }: Victim): ServerState | undefined {
    return this.switchboard.servers.find((server) => server.name === name)?.state
  }
}
