import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { serverEnvironment } from '../../src/actors/connection/inherited.ts'
import { taskKill } from '../../src/actors/windows/task-kill.ts'

// What can be tested of Windows elsewhere: what would be started, and with which words.

const run = promisify(execFile)
const built = new URL('../../dist/actors/windows/start.js', import.meta.url).href
const startSchema = z.object({
  command: z.string(),
  args: z.array(z.string()),
  windowsVerbatimArguments: z.literal(true).optional(),
})
const startsSchema = z.array(startSchema.or(z.object({ code: z.string(), message: z.string() })))

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-windows-'))
  await writeFile(join(folder, 'npx.CMD'), '')
  await writeFile(join(folder, 'node.EXE'), '')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** In a process that takes itself for one on Windows. */
async function startsOf(lines: [command: string, ...args: string[]][]) {
  const program = `
    Object.defineProperty(process, 'platform', { value: 'win32' })
    process.env.COMSPEC = 'C:\\\\Windows\\\\System32\\\\cmd.exe'
    const { startOnWindows } = await import(${JSON.stringify(built)})
    const options = { env: { Path: ${JSON.stringify(folder)}, PATHEXT: '.EXE;.CMD' } }
    const starts = []
    for (const [command, ...args] of JSON.parse(process.argv[1]))
      starts.push(await startOnWindows(command, args, options).catch(({ code, message }) => ({ code, message })))
    console.log(JSON.stringify(starts))`
  const node = ['--input-type=module', '-e', program, JSON.stringify(lines)]
  const { stdout } = await run(process.execPath, node, { cwd: fileURLToPath(new URL('.', import.meta.url)) })
  return startsSchema.parse(JSON.parse(stdout))
}

/** What `cmd.exe /s /c "…"` leaves of its line, or what of it would be a command of its own. */
function afterCmd(line: string): string {
  const expanded = line.slice(1, -1).replaceAll('%%cd:~,%', '\0')
  const outside = expanded.split('"').filter((_, index) => index % 2 === 0)
  expect(outside.join('')).not.toMatch(/[&|<>^()%!]/)
  expect(expanded).not.toContain('%')
  return expanded.replaceAll('\0', '%')
}

/** How a program for Windows reads its arguments (the C runtime's rules since 2008). */
function argumentsIn(line: string): string[] {
  const found: string[] = []
  let isQuoted = false
  let current: string | undefined
  for (let at = 0; at < line.length; at++) {
    const [, backslashes = ''] = /^(\\*)"/.exec(line.slice(at)) ?? []
    at += backslashes.length
    const isLiteral = backslashes.length % 2 === 1
    const character = line[at] ?? ''
    if (character === ' ' && !isQuoted) {
      if (current !== undefined) found.push(current)
      current = undefined
      continue
    }
    current = (current ?? '') + '\\'.repeat(backslashes.length >> 1)
    if (character !== '"' || isLiteral) current += character
    else if (isQuoted && line[at + 1] === '"') current += line[++at]
    else isQuoted = !isQuoted
  }
  return current === undefined ? found : [...found, current]
}

test('a batch file is started by cmd.exe, a program by itself, and what there is not says so at once', async () => {
  const [npx, node, none, lines] = await startsOf([
    ['npx', '-y', 'a server'],
    ['node', 'a server.js'],
    ['no-such-command', 'x'],
    ['npx', 'two\nlines'],
  ])
  expect(npx).toEqual({
    command: 'C:\\Windows\\System32\\cmd.exe',
    args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `""${join(folder, 'npx.CMD')}" "-y" "a server""`],
    windowsVerbatimArguments: true,
  })
  expect(node).toEqual({ command: 'node', args: ['a server.js'] })
  expect(none).toEqual({ code: 'ENOENT', message: 'spawn no-such-command ENOENT' })
  expect(lines).toEqual({ code: 'EINVAL', message: 'spawn npx EINVAL' })
})

test('whatever the arguments are, a batch file gets them, and nothing of them is run', async () => {
  const character = fc.constantFrom(...'a "\\\\\\^&|<>()%!;,=*?[]`~\t$\'é')
  const line = fc.array(fc.string({ unit: character, maxLength: 8 }), { minLength: 1, maxLength: 4 })
  const lines = fc.sample(line, { numRuns: 1_000, seed: 14 })
  const starts = await startsOf(lines.map((args) => ['npx', ...args]))
  const got = starts.map((start) => {
    const { args } = startSchema.parse(start)
    return argumentsIn(afterCmd(args.at(-1) ?? ''))
  })
  expect(got).toEqual(lines.map((args) => [join(folder, 'npx.CMD'), ...args]))
})

test('a whole tree of processes is ended by force, by the taskkill of the system and no other', () => {
  expect(taskKill(4711, 'SIGTERM', 'C:\\Windows')).toEqual({
    command: 'C:\\Windows\\System32\\taskkill.exe',
    args: ['/T', '/F', '/PID', '4711'],
  })
  expect(taskKill(4711, 'SIGSTOP', 'C:\\Windows')).toBeUndefined()
})

test("a server's own variables take the place of ours, whatever case they are in on Windows", () => {
  const ours = { PATH: '/ours', HOME: '/home/us', SYSTEMROOT: 'C:\\Windows', OPENAI_API_KEY: 'secret' }
  expect(serverEnvironment({ Path: 'its', X: '1' }, ours, 'win32')).toEqual({
    Path: 'its',
    X: '1',
    SYSTEMROOT: 'C:\\Windows',
  })
  expect(serverEnvironment({ Path: 'its', X: '1' }, ours, 'linux')).toEqual({
    PATH: '/ours',
    HOME: '/home/us',
    Path: 'its',
    X: '1',
  })
})
