import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { heardBy } from '../support/caller.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { everyWay, SdkServer } from './sdk-server.ts'

const filesystem = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-filesystem/dist/index.js',
)

function newFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'switchboard roots '))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test.each(everyWay)(
  'of a server on the %s SDK over %s: one that runs here hears of its folders, no other',
  async (sdk, transport) => {
    const folder = newFolder()
    const entry = await new SdkServer(sdk).entry(transport, { roots: [folder] })
    const { switchboard } = await openReady({ it: entry })
    const roots = [{ uri: pathToFileURL(folder).href, name: basename(folder) }]
    const heard = sdk === 'v2' ? { roots: { roots } } : { roots }
    const outcome = await switchboard.call('ask_roots', {})
    if (transport === 'stdio') expect(heardBy(outcome)).toEqual(heard)
    else expect(outcome).toMatchObject({ ok: false, error: { effect: 'unknown' } })
  },
)

test('the file server of the reference works in the folders that it is told of', async () => {
  const folder = newFolder()
  const entry = { command: process.execPath, args: [filesystem], switchboard: { roots: [folder] } }
  const { switchboard } = await openReady({ files: entry })
  const isAllowed = async () => {
    const outcome = await switchboard.call('list_allowed_directories', {})
    return outcome.ok && outcome.text.includes(folder)
  }
  // It asks once it is connected.
  await until(isAllowed, 'the folder is allowed')
  const file = { path: join(folder, 'a.txt'), content: 'x' }
  expect(await switchboard.call('write_file', file, { confirmed: true })).toMatchObject({ ok: true })
})
