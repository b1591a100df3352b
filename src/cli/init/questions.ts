import type { Readable, Writable } from 'node:stream'
import * as clack from '@clack/prompts'
import { oneLine } from '../../text/text.ts'
import { distinctServers, type FoundFile, type FoundServer } from './find.ts'
import type { OnConflict, Plan } from './plan.ts'

/** Where questions are asked. */
export interface Terminal {
  input: Readable
  output: Writable
}

/** Ctrl+C, or Escape, at a question. */
export class Cancelled extends Error {}

const exampleChoice = 'example' as const

export class Questions {
  constructor(private readonly terminal: Terminal) {}

  begin(files: readonly FoundFile[]): void {
    const { terminal } = this
    clack.intro('Servers for Switchboard', terminal)
    for (const { from, problem } of files) {
      if (problem !== undefined) clack.log.warn(oneLine(`${from}: ${problem}`), terminal)
    }
    if (files.every(({ servers }) => servers.length === 0)) {
      clack.log.info('No other MCP client of this machine has servers to import.', terminal)
    }
  }

  /** Nothing chosen: no server and no example. `shown`: of a path. */
  async servers(
    files: readonly FoundFile[],
    shown: (file: string) => string,
  ): Promise<{ servers: FoundServer[]; example: boolean }> {
    const servers = distinctServers(files)
    const groups = files.map(({ from, file, servers: inFile }) => {
      const own = servers.filter(({ raw }) => inFile.some((one) => one.raw === raw))
      const options = own.map((server) => ({
        value: server,
        label: oneLine(`${server.name}${server.isDisabled ? ' (switched off there)' : ''}`),
      }))
      return [oneLine(`${from}: ${shown(file)}`), options] as const
    })
    const example = { value: exampleChoice, label: 'notes: tells the time and keeps notes' }
    const chosen = answer(
      await clack.groupMultiselect<FoundServer | typeof exampleChoice>({
        ...this.terminal,
        message: 'Which servers shall it have?',
        required: false,
        maxItems: 15,
        options: {
          ...Object.fromEntries(groups.filter(([, options]) => options.length > 0)),
          'An example without a key or a network': [example],
        },
        initialValues: servers.length === 0 ? [exampleChoice] : [],
      }),
    )
    return {
      servers: chosen.filter((one) => one !== exampleChoice),
      example: chosen.includes(exampleChoice),
    }
  }

  /** `refusalOf`: why a file cannot be it. */
  async out(proposal: string, refusalOf: (name: string) => string | undefined): Promise<string> {
    const written = answer(
      await clack.text({
        ...this.terminal,
        message: 'Into which file? One that is there is extended.',
        initialValue: proposal,
        validate: (text = '') => refusalOf(text.trim()),
      }),
    )
    return written.trim()
  }

  /** For each server of another content under a name that the file has. */
  async conflicts({ skipped, file }: Plan): Promise<Map<string, OnConflict>> {
    const decisions = new Map<string, OnConflict>()
    for (const { name, from } of skipped.filter(({ why }) => why === 'conflict')) {
      const decision = answer(
        await clack.select<OnConflict>({
          ...this.terminal,
          message: oneLine(`${file} has another server "${name}". And that of ${from}?`),
          options: [
            { value: 'keep', label: 'leave it out' },
            { value: 'rename', label: 'add it under another name' },
            { value: 'replace', label: 'let it replace the one that is there' },
          ],
        }),
      )
      decisions.set(name, decision)
    }
    return decisions
  }

  async copySecrets({ variables, envFile }: Plan): Promise<boolean> {
    const names = variables.flatMap(({ name, value, isSet }) => (value !== undefined && !isSet ? [name] : []))
    if (names.length === 0) return false
    const is = names.length === 1 ? 'One value looks' : `${names.length} values look`
    return answer(
      await clack.select({
        ...this.terminal,
        message: `${is} like a secret and will stand in the file as a variable: ${names.join(', ')}. Who sets it?`,
        options: [
          { value: false, label: 'I do', hint: `${envFile} gets the names alone` },
          { value: true, label: `copy it into ${envFile}`, hint: 'in clear, for your eyes only' },
        ],
      }),
    )
  }

  end(words: string): void {
    clack.outro(words, this.terminal)
  }

  cancel(): void {
    clack.cancel('Nothing was written.', this.terminal)
  }
}

function answer<Value>(given: Value | typeof clack.CANCEL_SYMBOL): Value {
  if (clack.isCancel(given)) throw new Cancelled('cancelled')
  return given
}
