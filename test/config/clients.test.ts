import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfigurationFile } from '../../src/config/file.ts'
import { readConfiguration } from '../../src/config/read.ts'
import { type Configuration, parseServers } from '../../src/config/servers.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'switchboard-clients-')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The file of a client at the place where that client keeps it. */
function put(fixture: string, ...place: string[]): string {
  const file = join(folder, ...place)
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(new URL(`./clients/${fixture}`, import.meta.url), file)
  return file
}

/** What each server would be reached by, or what is wrong with it. */
function opened({ entries }: Configuration): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(({ name, definition, problem }) => [name, problem ?? definition?.target.open()]),
  )
}

function npx(args: string[], env: Record<string, string> = {}) {
  return { kind: 'stdio', command: 'npx', args: ['-y', ...args], env }
}

test('Claude Desktop: servers are read, the settings beside them are not', () => {
  const configuration = readConfiguration(put('claude_desktop_config.json', 'Claude', 'config.json'), {})
  expect(opened(configuration)).toEqual({
    filesystem: npx(['@modelcontextprotocol/server-filesystem', '/home/carol/notes']),
    github: npx(['@modelcontextprotocol/server-github'], {
      GITHUB_PERSONAL_ACCESS_TOKEN: 'not-a-real-token-1111',
      LOG_LEVEL: 'debug',
    }),
  })
  expect(configuration.warnings).toEqual([])
})

test('Cursor: its places, a file of variables below those of the entry, and the project as the folder', () => {
  const file = put('cursor.json', 'project', '.cursor', 'mcp.json')
  const project = join(folder, 'project')
  writeFileSync(join(project, 'cursor.env'), 'export STRIPE_KEY="of the file"\nSTRIPE_REGION=us # not this\n')
  const configuration = readConfiguration(file, { LINEAR_TOKEN: 'of-linear' })
  expect(opened(configuration)).toEqual({
    stripe: {
      kind: 'stdio',
      command: `${homedir()}/bin/stripe-mcp`,
      args: [`--log=${join(project, 'stripe.log')}`, '--api-key', 'not-a-real-key-2222'],
      env: { STRIPE_KEY: 'of the file', STRIPE_REGION: 'eu' },
    },
    linear: {
      kind: 'http',
      url: 'https://mcp.linear.app/mcp',
      headers: { Authorization: 'Bearer of-linear' },
    },
    zapier: {
      kind: 'http',
      url: 'https://mcp.zapier.com/api/mcp/s/bm90LWEtcmVhbC10b2tlbi0zMzMz/mcp',
      headers: {},
    },
  })
  expect(configuration.warnings).toEqual(['mcpServers.linear.auth has no effect here'])
  rmSync(join(project, 'cursor.env'))
  expect(opened(readConfiguration(file, {}))).toMatchObject({
    stripe: `mcpServers.stripe.envFile: ${join(project, 'cursor.env')} cannot be read (ENOENT); create it, or remove "envFile"`,
  })
})

test('VS Code: what it asks its user for is a variable here, named where it is not set', () => {
  const file = put('vscode.json', 'workspace', '.vscode', 'mcp.json')
  const workspace = join(folder, 'workspace')
  const configuration = readConfiguration(file, { INPUT_PERPLEXITY_KEY: 'given', INPUT_REGION: 'us' })
  expect(opened(configuration)).toEqual({
    perplexity: {
      ...npx(['server-perplexity-ask', '--region', 'us'], { PERPLEXITY_API_KEY: 'given', RETRIES: '3' }),
      cwd: workspace,
    },
    local: {
      ...{ kind: 'stdio', command: 'node', env: {}, cwd: workspace },
      args: ['server.js', `${workspace}/data`, basename(workspace)],
    },
    github:
      '$\u007binput:github_token} in servers.github.headers.Authorization: there is no input "github_token" under "inputs"; add it, or write a variable',
  })
  expect(configuration.warnings).toEqual(['servers.perplexity.dev has no effect here'])
  expect(opened(readConfiguration(file, {}))).toMatchObject({
    perplexity:
      '$\u007binput:perplexity-key} in servers.perplexity.env.PERPLEXITY_API_KEY ("Perplexity API Key") is asked for by VS Code, but nobody is asked here; set the variable INPUT_PERPLEXITY_KEY',
  })
  expect(opened(readConfiguration(file, { INPUT_REGION: 'mars' }))).toMatchObject({
    perplexity:
      '$\u007binput:region} in servers.perplexity.args.3 ("Region") must be one of "eu", "us"; correct the variable INPUT_REGION',
  })
})

test('what a reference of VS Code stands for is hidden from texts, and its folder is not', () => {
  const file = put('vscode.json', 'masked', '.vscode', 'mcp.json')
  const { entries } = readConfiguration(file, { INPUT_PERPLEXITY_KEY: 'given-secret' })
  const said = entries.map(({ definition }) => definition?.target.mask(`given-secret in ${folder}/masked`))
  expect(said).toEqual([`[hidden] in ${folder}/masked`, `given-secret in ${folder}/masked`, undefined])
})

test('Windsurf: its word for a URL, a file with a token, and the tools that are switched off', () => {
  const file = put('mcp_config.json', 'windsurf', 'mcp_config.json')
  writeFileSync(join(folder, 'windsurf', 'figma-token'), 'of-the-file\n')
  const configuration = readConfiguration(file, {})
  expect(opened(configuration)).toEqual({
    figma: { kind: 'http', url: 'https://mcp.figma.com/mcp', headers: { 'X-Figma-Token': 'of-the-file' } },
  })
  expect(configuration.entries[0]?.definition?.options.exclude).toEqual(['delete_file'])
  expect(configuration.warnings).toEqual(['mcpServers.figma.alwaysAllow has no effect here'])
  rmSync(join(folder, 'windsurf', 'figma-token'))
  expect(opened(readConfiguration(file, {}))).toEqual({
    figma:
      '$\u007bfile:figma-token} in mcpServers.figma.headers.X-Figma-Token: the file cannot be read (ENOENT); create it, or correct the path',
  })
})

test('Claude Code: a project file with fall-backs', () => {
  const file = put('claude-code.mcp.json', 'code', '.mcp.json')
  expect(opened(readConfiguration(file, { DOCS_KEY: 'of-docs' }))).toEqual({
    docs: { kind: 'http', url: 'https://docs.example.com/mcp', headers: { 'X-Api-Key': 'of-docs' } },
    here: { kind: 'stdio', command: 'node', args: ['server.js'], env: {} },
  })
})

test('Claude Code: the servers of this project beside those of the user, without those switched off', () => {
  const file = put('claude.json', '.claude.json')
  const ofProject = (project: string) => {
    const { servers, ...form } = readConfigurationFile(file, project)
    return Object.keys(opened(parseServers(servers, {}, form)))
  }
  expect(ofProject('/home/carol/agent')).toEqual(['memory', 'database'])
  expect(ofProject('/home/carol/other')).toEqual(['memory', 'sentry', 'other'])
  expect(ofProject('/elsewhere')).toEqual(['memory', 'sentry'])
  const { servers } = readConfigurationFile(file, '/home/carol/agent')
  expect(servers.database).toMatchObject({ command: 'uvx', cwd: '/home/carol/agent' })
  // `init` offers it all the same.
  expect(servers.sentry).toEqual({ type: 'http', url: 'https://mcp.sentry.dev/mcp', disabled: true })
})

test.each([
  [
    { url: 'https://a', serverUrl: 'https://b' },
    'mcpServers.it has both "url" and "serverUrl"; keep the one that is meant',
  ],
  [
    { command: 'a', args: ['$\u007bcommand:pick}'] },
    '$\u007bcommand:pick} in mcpServers.it.args.0 has a value in VS Code only; write the value, or $\u007bA_VARIABLE}',
  ],
])('%j is wrong', (entry, problem) => {
  const file = join(folder, 'wrong.json')
  writeFileSync(file, JSON.stringify({ mcpServers: { it: entry } }))
  expect(opened(readConfiguration(file, {}))).toEqual({ it: problem })
})

test.each([
  [
    '{"mcpServers": {}, "servers": {}}',
    'servers stand under "mcpServers" and under "servers"; put all of them under one',
  ],
  [
    '{"servers": {}, "inputs": [{"type": "promptString"}]}',
    'inputs.0.id: Invalid input: expected string, received undefined',
  ],
  [
    '{"servers": {}, "inputs": [{"id": "a-b"}, {"id": "a.b"}]}',
    'the inputs "a-b" and "a.b" would both be the variable INPUT_A_B; give one of them another id',
  ],
])('the file %s is refused as a whole', (text, problem) => {
  const file = join(folder, 'refused.json')
  writeFileSync(file, text)
  expect(() => readConfiguration(file, {})).toThrow(
    expect.objectContaining({ code: 'wrong_form', message: `${file}: ${problem}` }),
  )
})

test("a shell's own references are left to it", () => {
  const file = join(folder, 'shell.json')
  const text = 'echo $\u007bHOME%/} $\u007b#} $\u007barray[0]}'
  writeFileSync(file, JSON.stringify({ mcpServers: { it: { command: 'sh', args: ['-c', text] } } }))
  expect(opened(readConfiguration(file, {}))).toMatchObject({ it: { args: ['-c', text] } })
})
