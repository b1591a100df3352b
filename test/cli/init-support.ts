import { copyFile, mkdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { InitOptions } from '../../src/cli/init/options.ts'
import type { Machine } from '../../src/cli/init/places.ts'
import { init } from '../../src/cli/init/run.ts'
import { temporaryFolder } from './support.ts'

/** A machine of its own: a home and a project, with what clients keep in them. */
export class ClientsMachine {
  readonly machine: Machine

  private constructor(
    readonly home: string,
    readonly project: string,
  ) {
    this.machine = { platform: 'linux', environment: { HOME: home }, folder: project }
  }

  static async create(): Promise<ClientsMachine> {
    const folder = await realpath(await temporaryFolder())
    const [home, project] = [join(folder, 'home'), join(folder, 'project')]
    await Promise.all([home, project].map((path) => mkdir(path)))
    return new ClientsMachine(home, project)
  }

  /** Puts the file of a client (test/config/clients) at its place. */
  async put(fixture: string, place: string): Promise<void> {
    await mkdir(dirname(place), { recursive: true })
    await copyFile(new URL(`../config/clients/${fixture}`, import.meta.url), place)
  }

  inHome(...path: string[]): string {
    return join(this.home, ...path)
  }

  inProject(...path: string[]): string {
    return join(this.project, ...path)
  }

  /** Runs it without a terminal. */
  async init(options: Partial<InitOptions>) {
    let output = ''
    const all = { from: [], example: false, copySecrets: false, yes: true, json: false, ...options }
    const code = await init(all, { machine: this.machine, write: (text) => (output += text) })
    return { code, output }
  }
}
