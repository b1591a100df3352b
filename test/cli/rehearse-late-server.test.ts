import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { printedEvents, run, temporaryFolder } from './support.ts'

test('a server that does not answer is named while it is waited for, and then left out', async () => {
  const notes = {
    command: process.execPath,
    args: [fileURLToPath(new URL('../../dist/examples/servers/notes.js', import.meta.url))],
  }
  const mute = { command: process.execPath, args: ['-e', 'process.stdin.resume()'] }
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { notes, mute } }))
  const { code, stdout, stderr } = await run(
    ['rehearse', '--config', 'mcp.json', '--json', '--speed', '8', '--type', 'read the notes'],
    { cwd: folder },
  )
  expect(stderr).toContain('switchboard: waiting for mute (1 of 2 done; up to 10 s) …\n')
  const told = printedEvents(stdout).filter(({ type }) => type === 'turn.ended' || type === 'note')
  expect(told.slice(-2)).toEqual([
    expect.objectContaining({ text: 'The call begins without mute: still connecting.' }),
    expect.objectContaining({ answered: ['There is no note.'] }),
  ])
  expect(code).toBe(0)
}, 60_000)
