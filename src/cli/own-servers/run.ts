import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NewTemplate } from '../../registry/wire.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { startOutbox } from '../outbox.ts'
import { openPage } from '../page/run.ts'
import { rehearsalFolder as folder, rehearsedEnvironment } from '../rehearsed-world.ts'
import { withStatus } from '../status-line.ts'
import { ExampleProcess } from './example-process.ts'
import { portsIn } from './ports.ts'

const noServers = fileURLToPath(new URL('../../../examples/no-servers.json', import.meta.url))

/**
 * The example servers behind an authorization server, and a page with a registry in front of them: all that a user needs to add
 * a server of their own and sign in at it. Until it is interrupted; leaves no process behind.
 */
export async function runOwnServers(json: boolean): Promise<ExitCode> {
  await mkdir(folder, { recursive: true })
  const cleanUps: (() => Promise<unknown>)[] = []
  try {
    const outbox = await startOutbox({ folder: join(folder, 'outbox') })
    cleanUps.push(() => outbox.close())
    const environment = rehearsedEnvironment(folder, outbox)
    const portsFile = join(folder, 'own-servers.json')
    const ports = await portsIn(portsFile)
    const start = async (program: string, ...args: string[]) => {
      const started = await withStatus(`starting ${program}`, () =>
        ExampleProcess.start(program, args, environment),
      ).catch((error: Error) => {
        throw new UsageError(`${error.message}; the ports are those in ${portsFile}`)
      })
      cleanUps.push(() => started.stop())
      return started.url
    }
    const issuer = await start('authorization-server.js', '--port', `${ports.authorization}`)
    // One after the other: where one does not start, none is left on its way.
    const startServer = (name: 'mail' | 'web') =>
      start(`servers/${name}.js`, '--http', '--port', `${ports[name]}`, '--auth', issuer)
    const mail = await startServer('mail')
    const web = await startServer('web')
    const templatesFile = join(folder, 'templates.json')
    await writeFile(templatesFile, JSON.stringify(templatesFor(mail, web)))
    if (!json) process.stdout.write(wordsFor({ mail, web, issuer }))
    return await openPage({
      ...{
        port: 0,
        json,
        environment,
        configFile: noServers,
        host: '127.0.0.1',
        watch: false,
        offline: true,
      },
      ...{ allowFaults: true, stately: false },
      registry: { allowHosts: [issuer, mail, web].map((url) => new URL(url).host), templatesFile },
    })
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(() => {})
  }
}

function templatesFor(mail: string, web: string): NewTemplate[] {
  const needs: NewTemplate['needs'] = [{ kind: 'signIn' }]
  return [
    {
      name: 'Mail (example)',
      description: 'Drafts and sends emails. They stay on this machine, in rehearsal/outbox.',
      ...{ url: mail, needs },
    },
    { name: 'Web (example)', description: 'Searches pages, and reads them.', url: web, needs },
  ]
}

function wordsFor({ mail, web, issuer }: { mail: string; web: string; issuer: string }): string {
  return `
Two MCP servers that ask who you are, an authorization server that believes any name, and a page:
  mail            ${mail}
  web             ${web}
  authorization   ${issuer}

1. Open the address below, and choose "My servers".
2. Add "Mail (example)", sign in with any name, and agree. Do the same with "Web (example)".
3. Choose "Call", press Call, and say: send an email to carol at example dot com
   with the subject lunch and the body see you at noon. It is in rehearsal/outbox then.

Your servers are kept in rehearsal/registry. The authorization server keeps nothing: when it is started anew it has
forgotten who signed in, and you sign in again.

`
}
