import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { LivePage, Visitor } from '../inspector/live-page.ts'
import { isAlive } from '../support/processes.ts'
import { printedEvent, printedEvents, run, startSwitchboard, temporaryFolder } from './support.ts'

const pageSchema = z.looseObject({ url: z.string() })
const serverSchema = z.looseObject({ server: z.looseObject({ pid: z.number().optional() }) })

async function openPage(args: string[], env: NodeJS.ProcessEnv = {}) {
  const cwd = await temporaryFolder()
  const { child, finished } = startSwitchboard(['page', '--json', ...args], { cwd, env })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { url } = pageSchema.parse(await printedEvent(child, ({ type }) => type === 'page'))
  return { child, finished, url, page: new LivePage(await Visitor.to(url)) }
}

test.each([
  [
    'as npm start opens it: faults, and no OpenAI although its key is set',
    ['--offline', '--allow-faults'],
    'x',
  ],
  ['with the key of OpenAI: a choice beside the rehearsal, and no faults', [], 'x'],
  ['with nothing: neither OpenAI nor faults', [], ''],
])('the page is printed, shows the servers, and Ctrl+C leaves no process: %s', async (_, args, key) => {
  const { child, finished, url, page } = await openPage(args, { OPENAI_API_KEY: key })
  const isOffline = args.includes('--offline')
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/)
  const servers = await page.sees('both servers, ready', ({ servers }) => {
    const all = [...servers.values()]
    return all.length === 2 && all.every(({ state }) => state === 'ready') && all
  })
  expect(servers.map(({ faults }) => faults.includes('kill'))).toEqual([isOffline, isOffline])
  const voice = await page.sees('what a call may be placed with', ({ facts }) => {
    return facts?.voice?.state === 'loading' ? undefined : facts?.voice
  })
  expect(voice).toEqual({
    state: 'ready',
    models: key === '' || isOffline ? ['rehearsal'] : ['rehearsal', 'openai'],
    sayable: expect.arrayContaining(['search the web for state machines']),
  })

  child.kill('SIGINT')
  const { code, stdout } = await finished
  expect(code).toBe(0)
  const pids = printedEvents(stdout)
    .filter(({ type }) => type === 'server.changed')
    .flatMap((event) => serverSchema.parse(event).server.pid ?? [])
  expect(new Set(pids).size).toBe(2)
  expect(pids.filter(isAlive)).toEqual([])
})

test('a configuration that cannot be read is named, with exit code 2', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'broken.json'), '{')
  const { code, stderr } = await run(['page', '--config', 'broken.json'], { cwd: folder })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^switchboard: broken\.json:1:2: not JSON/)
})

test('a port in use is named with the remedy, with exit code 2', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { code, stderr } = await run(['page', '--port', `${port}`], { cwd: await temporaryFolder() })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(
      new RegExp(
        `^switchboard: the page cannot listen on 127\\.0\\.0\\.1, port ${port} \\(.*\\); choose another with --port\\n$`,
      ),
    ),
  })
})
