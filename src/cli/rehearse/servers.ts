import { join } from 'node:path'
import type { WorkerSwitchboard } from '../../agent/worker/options.ts'
import { requirePackages } from '../../packages.ts'
import { recordNext, takeNextRecording } from '../../recording/next-recording.ts'
import { createSwitchboard } from '../../switchboard.ts'
import type { ChosenConfiguration } from '../chosen-configuration.ts'
import { UsageError } from '../failure.ts'
import type { Outbox } from '../outbox.ts'
import { extrasOf, rehearsedEnvironment } from '../rehearsed-world.ts'
import type { RehearseOptions } from './options.ts'
import { inFile, type OwnAgent } from './own-agent.ts'

/** Where the servers of a rehearsal come from, and where their mail goes. */
export class RehearsedServers {
  readonly #options: RehearseOptions
  readonly #configuration: ChosenConfiguration
  /** The agent that brings them along. */
  readonly #own: (OwnAgent & { kind: 'definition' }) | undefined

  constructor(options: RehearseOptions, configuration: ChosenConfiguration, own: OwnAgent | undefined) {
    this.#options = options
    this.#configuration = configuration
    this.#own = own?.kind === 'definition' ? own : undefined
  }

  /** @throws SwitchboardError `package_missing` */
  requirePackages(): void {
    requirePackages(`switchboard rehearse${this.#extras}`)
  }

  /** Nothing where no mail could go into it. */
  async openOutbox(folder: string, onStored: () => void): Promise<Outbox | undefined> {
    if (this.#extras === '') return undefined
    const { startOutbox } = await import('../outbox.ts')
    return startOutbox({ folder: join(folder, 'outbox'), onStored })
  }

  /** In words. */
  get reality(): string {
    const { how, file } = this.#configuration
    if (!this.#own && how === 'example') {
      return 'No key, no network: a mail server on this machine keeps what it gets in the outbox.'
    }
    const real = `The servers of ${this.#own?.file ?? file} are real, and what they do is done.`
    return this.#extras === '' ? real : `${real} Only what they send to \${SMTP_URL} stays in the outbox.`
  }

  /** @throws UsageError for what an agent file does; SwitchboardError as `createSwitchboard` */
  async make(folder: string, outbox: Outbox | undefined): Promise<WorkerSwitchboard> {
    const { watch, recordTo } = this.#options
    if (this.#own) return this.#makeOwn(this.#own)
    return createSwitchboard({
      ...{ configFile: this.#configuration.file, watch },
      ...(recordTo === undefined ? {} : { recordTo }),
      environment: rehearsedEnvironment(folder, outbox),
    })
  }

  async #makeOwn(own: OwnAgent & { kind: 'definition' }): Promise<WorkerSwitchboard> {
    const { recordTo } = this.#options
    if (recordTo !== undefined) recordNext(recordTo)
    const switchboard = await inFile(own, 'its createSwitchboard', own.createSwitchboard)
    if (takeNextRecording() === undefined) return switchboard
    await switchboard.stop()
    throw new UsageError(
      `--record ${recordTo}: the switchboard of ${own.file} was made when the file was loaded; make it in createSwitchboard`,
    )
  }

  get #extras() {
    return this.#own ? '' : extrasOf(this.#configuration, this.#options.watch)
  }
}
