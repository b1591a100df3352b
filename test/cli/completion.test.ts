import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { completionText } from '../../src/cli/completion/answer.ts'
import { remember } from '../../src/cli/known-functions.ts'
import { createProgram } from '../../src/cli/program.ts'
import type { FunctionInfo, ServerState, ServerStatus } from '../../src/index.ts'
import { run, temporaryFolder } from './support.ts'

const program = createProgram(() => {})
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

let config: string
let cache: string

beforeEach(async () => {
  const folder = await temporaryFolder()
  config = join(folder, 'mcp.json')
  cache = join(folder, 'cache')
  vi.stubEnv('XDG_CACHE_HOME', cache)
  await writeFile(config, JSON.stringify({ mcpServers: { web: { command: 'no-such-command' }, mail: {} } }))
})
afterEach(() => void vi.unstubAllEnvs())

function offered(name: string, description: string, ...parameters: string[]): FunctionInfo {
  const properties = Object.fromEntries(parameters.map((parameter) => [parameter, {}]))
  return { name, description, inputSchema: { type: 'object', properties }, servers: ['web'], callable: true }
}

function status(state: ServerState): ServerStatus {
  return {
    ...{ name: 'web', state, since: 0, generation: 1, transport: 'stdio', functions: [], listed: false },
    ...{ rejected: [], inFlight: 0 },
  }
}

/** The words that are offered, and what the shell does besides. */
function complete(...words: string[]): { values: string[]; directive: string } {
  const lines = completionText(program, words).trimEnd().split('\n')
  const directive = lines.pop() ?? ''
  return { values: lines.map((line) => line.split('\t')[0] ?? ''), directive }
}

test('commands, those below them, and options are completed', () => {
  expect(complete('re')).toEqual({ values: ['rehearse', 'registry', 'replay'], directive: ':4' })
  expect(complete('registry', 'key', '')).toEqual({
    values: ['add', 'list', 'remove', 'help'],
    directive: ':4',
  })
  expect(complete('list', '--').values).toEqual(['--config', '--functions', '--json', '--help'])
  expect(complete('list', '--json', 'nothing', '').values).toEqual([])
  expect(complete('complete', '').values).toEqual(['bash', 'zsh', 'fish', 'powershell'])
})

test('values of options are completed: choices by name, files and folders by the shell', () => {
  expect(complete('worker', '--model', '')).toEqual({ values: ['rehearsal', 'openai'], directive: ':4' })
  expect(complete('worker', '--timeline=c')).toEqual({ values: ['calls', 'contents'], directive: ':4' })
  expect(complete('list', '--config', 'm')).toEqual({ values: [], directive: ':0' })
  expect(complete('replay', '')).toEqual({ values: [], directive: ':0' })
  expect(complete('registry', '--folder', '')).toEqual({ values: [], directive: ':16' })
  expect(complete('page', '--port', '')).toEqual({ values: [], directive: ':4' })
})

test('servers come from the configuration, functions and what they take from what was last listed there', () => {
  expect(complete('rehearse', '--config', config, '--kill', 'w').values).toEqual(['web@1'])
  expect(complete('call', '--config', config, '').values).toEqual([])
  const servers = [status('ready')]
  const functions = [offered('search_web', 'Searches.\nMore.', 'query', 'limit'), offered('send', 'Sends.')]
  remember(config, { servers, functions })
  // Of one that has not said yet what it offers, nothing is forgotten.
  remember(config, { servers: [...servers, status('connecting')], functions: [] })
  expect(completionText(program, ['call', '--config', config, 'sea'])).toBe('search_web\tSearches.\n:4\n')
  expect(complete('call', `--config=${config}`, 'search_web', '')).toEqual({
    values: ['query=', 'limit='],
    directive: ':6',
  })
  expect(complete('call', '--config', config, 'search_web', 'query=tea', '').values).toEqual(['limit='])
  expect(complete('call', '--config', join(config, '..', 'other.json'), '').values).toEqual([])
})

test('no name of a stranger is offered that a shell would run', () => {
  const evil = ['$(touch /tmp/x)', '`id`', 'a b', "a'b", 'fine']
  remember(config, {
    ...{ servers: [], functions: [offered('f', 'It `runs` $(this)\u001b[31m\tand "that"', ...evil)] },
  })
  expect(complete('call', '--config', config, 'f', '').values).toEqual(['fine='])
  expect(completionText(program, ['call', '--config', config, 'f'])).toBe(
    'f\tIt runs (this)[31m and that\n:4\n',
  )
})

test('`call` and `list` keep what they have learned, for the next word', async () => {
  const cwd = await temporaryFolder()
  const env = { XDG_CACHE_HOME: cache }
  expect((await run(['list', '--json'], { cwd, env })).code).toBe(0)
  const { stdout } = await run(['complete', '--', 'call', 'search_web', ''], { cwd, env })
  expect(stdout).toBe('query=\t\n:6\n')
})

const bash = '/bin/bash'
const helpers = '/usr/share/bash-completion/bash_completion'

test.runIf(existsSync(bash))(
  'the script works in bash: it asks the command, and offers what that says',
  async () => {
    const folder = await temporaryFolder()
    const command = join(folder, 'switchboard')
    await writeFile(command, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
    await chmod(command, 0o755)
    // Where the package bash-completion is not installed, its one function that is needed.
    const words = `_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; }`
    const lines = [
      existsSync(helpers) ? `source ${helpers}` : words,
      'source <(switchboard complete bash)',
      'COMP_WORDS=(switchboard re); COMP_CWORD=1; COMP_LINE="switchboard re"; COMP_POINT=14',
      '__switchboard_complete 2>/dev/null',
      `echo "\${COMPREPLY[@]}"`,
    ]
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    const { stdout } = spawnSync(bash, ['-c', lines.join('\n')], { env, encoding: 'utf8' })
    expect(stdout).toBe('rehearse registry replay\n')
  },
)

test('without a shell it says how each is set up; a shell that it does not know is refused', async () => {
  const told = await run(['complete'])
  expect(told.code).toBe(0)
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    expect(told.stdout).toContain(`switchboard complete ${shell}`)
  }
  expect(await run(['complete', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: 'switchboard: there is no completion for "tcsh"; it works in bash, zsh, fish, powershell\n',
  })
})
