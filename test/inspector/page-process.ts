import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Finished, printedEvent, startSwitchboard } from '../cli/support.ts'
import { until } from '../support/until.ts'

const openedSchema = z.looseObject({ url: z.string() })
const noteSchema = z.looseObject({ event: z.string(), arguments: z.looseObject({ to: z.string() }) })

const project = fileURLToPath(new URL('../..', import.meta.url))
const node = { command: process.execPath, cwd: project }

/** The two examples, and one whose letters are never written to their end. */
function configurationFor(postOffice: string): object {
  return {
    mcpServers: {
      web: { ...node, args: ['dist/examples/servers/web.js'] },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: filled in when the configuration is read
      mail: { ...node, args: ['dist/examples/servers/mail.js'], env: { SMTP_URL: '${SMTP_URL}' } },
      post: {
        ...node,
        args: ['test/faults/server.mjs', '--directory', postOffice, '--spoken', '--only', 'send_email'],
        switchboard: { tools: { send_email: { as: 'send_letter' } } },
      },
    },
  }
}

/** The built `switchboard page`, in a folder of its own. */
export class PageProcess {
  private constructor(
    /** Whoever opens it is let in. */
    readonly url: string,
    private readonly folder: string,
    private readonly running: ReturnType<typeof startSwitchboard>,
  ) {}

  static async start(): Promise<PageProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-page-'))
    const configFile = join(folder, 'mcp.json')
    await writeFile(configFile, JSON.stringify(configurationFor(folder)))
    const args = ['page', '--offline', '--allow-faults', '--json', '--config', configFile]
    const running = startSwitchboard(args, { cwd: folder })
    const { url } = openedSchema.parse(await printedEvent(running.child, ({ type }) => type === 'page'))
    return new PageProcess(url, folder, running)
  }

  /** The mails that were really sent, in their order. */
  async mails(): Promise<{ to: string; subject: string; body: string }[]> {
    const outbox = join(this.folder, 'rehearsal', 'outbox')
    const files = (await readdir(outbox)).filter((name) => name.endsWith('.eml')).sort()
    const mails = await Promise.all(files.map((file) => readFile(join(outbox, file), 'utf8')))
    return mails.map((mail) => {
      const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(mail)?.[1]?.trim() ?? ''
      return {
        to: header('To'),
        subject: header('Subject'),
        body: mail.split('\r\n\r\n')[1]?.trim() ?? '',
      }
    })
  }

  /** What the server of letters was really given to write. */
  get letters(): { to: string }[] {
    const ledger = join(this.folder, 'ledger.jsonl')
    const lines = existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n') : []
    const notes = lines.filter((line) => line !== '').map((line) => noteSchema.parse(JSON.parse(line)))
    return notes.filter(({ event }) => event === 'start').map(({ arguments: letter }) => letter)
  }

  async untilWriting(letter: { to: string }): Promise<void> {
    await until(
      () => this.letters.some(({ to }) => to === letter.to),
      `a letter to ${letter.to} is being written`,
    )
  }

  /** As with Ctrl+C. */
  async stop(): Promise<Finished> {
    this.running.child.kill('SIGINT')
    const finished = await this.running.finished
    await rm(this.folder, { recursive: true, force: true })
    return finished
  }
}
