import { chmod, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placesOn } from '../../src/cli/init/places.ts'
import { readConfiguration } from '../../src/config/read.ts'
import { ClientsMachine } from './init-support.ts'
import { run, temporaryFolder } from './support.ts'

const variable = (name: string) => `$\u007b${name}}`

test.each([
  [
    'linux' as const,
    { HOME: '/home/carol', XDG_CONFIG_HOME: '' },
    '/home/carol/.config/Claude/claude_desktop_config.json',
    '/home/carol/.config/Code/User/mcp.json',
    '/home/carol/.claude.json',
  ],
  [
    'linux' as const,
    { HOME: '/home/carol', XDG_CONFIG_HOME: '/etc/carol', CLAUDE_CONFIG_DIR: '/etc/claude' },
    '/etc/carol/Claude/claude_desktop_config.json',
    '/etc/carol/Code/User/mcp.json',
    '/etc/claude/.claude.json',
  ],
  [
    'darwin' as const,
    { HOME: '/Users/carol' },
    '/Users/carol/Library/Application Support/Claude/claude_desktop_config.json',
    '/Users/carol/Library/Application Support/Code/User/mcp.json',
    '/Users/carol/.claude.json',
  ],
  [
    'win32' as const,
    { USERPROFILE: 'C:\\Users\\carol', APPDATA: 'D:\\Roaming' },
    'D:\\Roaming\\Claude\\claude_desktop_config.json',
    'D:\\Roaming\\Code\\User\\mcp.json',
    'C:\\Users\\carol\\.claude.json',
  ],
])(
  'on %s with %j the clients keep their servers at their places',
  (platform, environment, ...ofUser: string[]) => {
    const [desktop = '', code = '', claude = ''] = ofUser
    const { join: path } = platform === 'win32' ? { join: win } : { join: posix }
    const [home, folder] =
      platform === 'win32' ? ['C:\\Users\\carol', 'C:\\agent'] : [`${environment.HOME}`, '/agent']
    expect(placesOn({ platform, environment, folder }).map(({ file }) => file)).toEqual([
      path(folder, '.cursor', 'mcp.json'),
      path(folder, '.vscode', 'mcp.json'),
      path(folder, '.mcp.json'),
      claude,
      desktop,
      path(home, '.cursor', 'mcp.json'),
      code,
      code.replace('Code', 'Code - Insiders'),
      code.replace('Code', 'VSCodium'),
      path(home, '.codeium', 'windsurf', 'mcp_config.json'),
      path(home, '.codeium', 'mcp_config.json'),
    ])
  },
)

const posix = (...parts: string[]) => parts.join('/')
const win = (...parts: string[]) => parts.join('\\')

test('everything that the clients have is imported, and no secret stands in a file', async () => {
  const there = await ClientsMachine.create()
  const { project } = there
  await there.put('vscode.json', there.inProject('.vscode', 'mcp.json'))
  await there.put('claude-code.mcp.json', there.inProject('.mcp.json'))
  await there.put('claude.json', there.inHome('.claude.json'))
  await there.put(
    'claude_desktop_config.json',
    there.inHome('.config', 'Claude', 'claude_desktop_config.json'),
  )
  await there.put('cursor.json', there.inHome('.cursor', 'mcp.json'))
  await there.put('mcp_config.json', there.inHome('.codeium', 'windsurf', 'mcp_config.json'))
  const { code, output } = await there.init({})
  expect(code).toBe(0)
  expect(output).toBe(
    [
      'added perplexity, from VS Code (without dev: no effect here)',
      'added local, from VS Code',
      'added github, from VS Code',
      'added docs, from Claude Code',
      'added here, from Claude Code',
      'added memory, from Claude Code',
      'added sentry, from Claude Code',
      'added filesystem, from Claude Desktop',
      'added github-2, from Claude Desktop',
      'added stripe, from Cursor',
      'added linear, from Cursor (without auth: no effect here)',
      'added zapier, from Cursor',
      'added figma, from Windsurf (without alwaysAllow: no effect here)',
      `wrote ${project}/mcp.json`,
      `wrote ${project}/.env`,
      '',
      'Next:',
      '  set PERPLEXITY_API_KEY, GITHUB_TOKEN, DOCS_KEY, GITHUB_PERSONAL_ACCESS_TOKEN, STRIPE_API_KEY, LINEAR_TOKEN, ZAPIER_TOKEN in .env (remove the # there), or in the environment',
      '  npx switchboard doctor --config mcp.json',
      '  npx switchboard list --config mcp.json',
      '',
    ].join('\n'),
  )
  const texts = await Promise.all(['mcp.json', '.env'].map((name) => readFile(join(project, name), 'utf8')))
  expect(texts.join('')).not.toMatch(/not-a-real|bm90LWEt/)
  // It stands for the same as it did there.
  const environment = {
    ...{ PERPLEXITY_API_KEY: 'p', GITHUB_TOKEN: 'g', DOCS_KEY: 'd', GITHUB_PERSONAL_ACCESS_TOKEN: 'gp' },
    ...{ STRIPE_API_KEY: 's', LINEAR_TOKEN: 'l', ZAPIER_TOKEN: 'z' },
  }
  await writeFile(join(project, 'cursor.env'), 'MORE=1')
  await writeFile(there.inHome('.codeium', 'windsurf', 'figma-token'), 'f')
  const { entries, warnings } = readConfiguration(join(project, 'mcp.json'), environment)
  const opened = entries.map(({ name, definition, problem }) => [name, problem ?? definition?.target.open()])
  expect(Object.fromEntries(opened)).toMatchObject({
    perplexity: {
      args: ['-y', 'server-perplexity-ask', '--region', 'eu'],
      env: { PERPLEXITY_API_KEY: 'p', RETRIES: '3' },
      cwd: project,
    },
    local: { args: ['server.js', `${project}/data`, 'project'], cwd: project },
    github: { headers: { Authorization: 'Bearer g' } },
    docs: { url: 'https://docs.example.com/mcp', headers: { 'X-Api-Key': 'd' } },
    here: { command: 'node', args: ['server.js'], cwd: project },
    'github-2': { env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'gp', LOG_LEVEL: 'debug' } },
    stripe: {
      args: [`--log=${project}/stripe.log`, '--api-key', 's'],
      env: { MORE: '1', STRIPE_REGION: 'eu' },
    },
    linear: { headers: { Authorization: 'Bearer l' } },
    zapier: { url: 'https://mcp.zapier.com/api/mcp/s/z/mcp' },
    figma: { url: 'https://mcp.figma.com/mcp', headers: { 'X-Figma-Token': 'f' } },
  })
  expect(entries.at(-1)?.definition?.options.exclude).toEqual(['delete_file'])
  expect(warnings).toEqual([])
})

test('secrets go into .env if told so, for the eyes of their owner, and what stands there stays', async () => {
  const there = await ClientsMachine.create()
  await there.put('cursor.json', there.inHome('.cursor', 'mcp.json'))
  await writeFile(there.inProject('.env'), '# mine\nSTRIPE_API_KEY=another\nLINEAR_TOKEN=set')
  await chmod(there.inProject('.env'), 0o644)
  await there.init({ copySecrets: true })
  expect(await readFile(there.inProject('.env'), 'utf8')).toBe(
    [
      '# mine\nSTRIPE_API_KEY=another\nLINEAR_TOKEN=set',
      '# stripe.args\nSTRIPE_API_KEY_2=not-a-real-key-2222',
      '# zapier.url\nZAPIER_TOKEN=bm90LWEtcmVhbC10b2tlbi0zMzMz',
      '',
    ].join('\n'),
  )
  expect((await stat(there.inProject('.env'))).mode & 0o777).toBe(0o600)
})

test('a file that is there keeps its comments, its style and its servers', async () => {
  const there = await ClientsMachine.create()
  await there.put('mcp_config.json', there.inHome('.codeium', 'windsurf', 'mcp_config.json'))
  await there.put('cursor.json', there.inHome('.cursor', 'mcp.json'))
  const before =
    '\uFEFF{\r\n\t// mine\r\n\t"mcpServers": {\r\n\t\t"linear": { "command": "linear" }, // not that of Cursor\r\n\t},\r\n}\r\n'
  await mkdir(there.inProject('real'))
  await writeFile(there.inProject('real', 'mcp.json'), before)
  await symlink(there.inProject('real', 'mcp.json'), there.inProject('mcp.json'))
  const { code, output } = await there.init({ from: ['windsurf', 'cursor'], json: true })
  expect(code).toBe(0)
  expect(JSON.parse(output)).toMatchObject({
    ok: true,
    added: [
      { name: 'figma', from: 'Windsurf', leftOut: ['alwaysAllow'] },
      { name: 'stripe', from: 'Cursor', leftOut: [] },
      { name: 'zapier', from: 'Cursor', leftOut: [] },
    ],
    skipped: [{ name: 'linear', why: 'conflict', reason: 'another of that name is there, and stays' }],
  })
  const text = await readFile(there.inProject('real', 'mcp.json'), 'utf8')
  expect(text.startsWith(before.slice(0, before.indexOf(',')))).toBe(true)
  expect(text).toContain(
    '\r\n\t\t"linear": { "command": "linear" }, // not that of Cursor\r\n\t\t// From Windsurf.\r\n\t\t"figma": {\r\n\t\t\t"url": "https://mcp.figma.com/mcp",\r\n\t\t\t"headers": {',
  )
  expect(text.replace(/\r\n/g, '')).not.toMatch(/\n/)
  const servers = readConfiguration(there.inProject('mcp.json'), { STRIPE_API_KEY: '', ZAPIER_TOKEN: '' })
  expect(servers.entries.map(({ name }) => name)).toEqual(['linear', 'figma', 'stripe', 'zapier'])
  // Once more it finds all of it there.
  const again = await there.init({ from: ['windsurf', 'cursor'], json: true })
  expect(JSON.parse(again.output)).toMatchObject({ added: [], written: [] })
  expect(await readFile(there.inProject('mcp.json'), 'utf8')).toBe(text)
  expect((await readdir(there.project)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

test('a wrong entry is left out with the reason, the others come', async () => {
  const there = await ClientsMachine.create()
  const servers = {
    good: { command: 'good' },
    both: { command: 'a', url: 'https://b' },
    odd: { command: 'a', args: [1] },
    off: { command: 'off', disabled: true },
  }
  await writeFile(there.inProject('others.json'), JSON.stringify({ mcpServers: servers }))
  const { code, output } = await there.init({ from: ['others.json'], out: 'agent/tools.json' })
  expect([code, output]).toEqual([
    1,
    [
      'added good, from others.json',
      'left out both, from others.json: mcpServers.both has both "command" and "url"; keep the one that is meant',
      'left out odd, from others.json: mcpServers.odd.args.0: Invalid input: expected string, received number',
      `wrote ${there.project}/agent/tools.json`,
      '',
      'Next:',
      '  npx switchboard doctor --config agent/tools.json',
      '  npx switchboard list --config agent/tools.json',
      '',
    ].join('\n'),
  ])
})

test('one name is not two things: what is set, what others refer to, and what every process has are left alone', async () => {
  const there = await ClientsMachine.create()
  const servers = {
    a: { command: 'a', env: { API_KEY: 'secret-of-a', 'odd name\nEVIL=1': 'token' } },
    b: { command: 'b', env: { API_KEY: 'secret-of-b', MAX_TOKENS: '4096', KEY_FILE: '/etc/key' } },
    c: { command: 'c', env: { API_KEY: 'secret-of-a' } },
    d: {
      url: 'https://d.example.com',
      headers: { 'X-Token': `$\u007bD_TOKEN:-secret-of-d}`, Accept: 'text/plain' },
    },
    e: { command: 'e', args: ['postgres://e:secret-of-e@localhost/e'] },
  }
  await writeFile(there.inProject('all.json'), JSON.stringify({ mcpServers: servers }))
  const mine = { mcpServers: { mine: { command: 'mine', env: { KEY: variable('API_KEY') } } } }
  await writeFile(there.inProject('mcp.json'), JSON.stringify(mine))
  await there.init({ from: ['all.json'] })
  const text = await readFile(there.inProject('mcp.json'), 'utf8')
  expect(JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))).toEqual({
    mcpServers: {
      ...mine.mcpServers,
      a: { command: 'a', env: { API_KEY: variable('A_API_KEY'), 'odd name\nEVIL=1': 'token' } },
      b: { command: 'b', env: { API_KEY: variable('B_API_KEY'), MAX_TOKENS: '4096', KEY_FILE: '/etc/key' } },
      c: { command: 'c', env: { API_KEY: variable('A_API_KEY') } },
      d: { url: 'https://d.example.com', headers: { 'X-Token': variable('D_TOKEN'), Accept: 'text/plain' } },
      e: { command: 'e', args: [variable('E_TOKEN')] },
    },
  })
})

test.each([
  [
    { yes: false },
    'init asks questions, and this is no terminal; say --yes for its proposals, or --from with what to import',
  ],
  [{ from: ['cursr'] }, '--from cursr: there is no such file; did you mean "cursor"?'],
  [
    { from: ['windsurf'] },
    '--from windsurf: Windsurf has no servers here (looked at HOME/.codeium/windsurf/mcp_config.json, HOME/.codeium/mcp_config.json); name its file instead',
  ],
  [{ from: ['broken.json'] }, 'broken.json:1:2: not JSON (close brace expected); correct it at that place'],
  [
    { out: 'array.json' },
    'array.json: is not an object with an object "mcpServers"; correct it, or name another with --out',
  ],
  [{ out: 'link.json' }, 'link.json: is there, and no file that can be replaced; name another'],
])('%j is refused, and nothing is written', async (options, problem) => {
  const there = await ClientsMachine.create()
  await writeFile(there.inProject('broken.json'), '{')
  await writeFile(there.inProject('array.json'), '[]')
  await symlink('nowhere', there.inProject('link.json'))
  const told = problem.replaceAll('HOME', there.home)
  await expect(there.init(options)).rejects.toThrow(told)
  expect((await readdir(there.project)).sort()).toEqual(['array.json', 'broken.json', 'link.json'])
  expect(await readlink(there.inProject('link.json'))).toBe('nowhere')
})

test('in an empty folder of a new machine it writes a server that runs', async () => {
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()]
  const env = { HOME: home, XDG_CONFIG_HOME: '', CLAUDE_CONFIG_DIR: '' }
  const piped = await run(['init'], { cwd: folder, env })
  expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('this is no terminal')])
  const written = await run(['init', '--yes'], { cwd: folder, env })
  expect([written.code, written.stderr]).toEqual([0, ''])
  expect(written.stdout).toContain('npx switchboard call add_note text="buy milk" --config mcp.json')
  const doctor = await run(['doctor', '--config', 'mcp.json', '--json'], { cwd: folder, env })
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    ok: true,
    servers: [{ name: 'notes', functions: ['tell_time', 'add_note', 'read_notes', 'delete_notes'] }],
  })
})

test('commands take what .env beside the file says, and what is set goes before it', async () => {
  const folder = await temporaryFolder()
  const servers = { a: { url: variable('A_URL') }, b: { url: variable('B_URL') } }
  await writeFile(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: servers }))
  await writeFile(join(folder, '.env'), 'A_URL="of the file"\nB_URL=https://b.invalid\n')
  const { stdout } = await run(['doctor', '--config', join(folder, 'mcp.json'), '--json'], {
    env: { B_URL: 'of the environment' },
  })
  const problem = (name: string) => `mcpServers.${name}.url is not an http or https URL`
  expect(JSON.parse(stdout).servers).toMatchObject([
    { name: 'a', problem: problem('a') },
    { name: 'b', problem: problem('b') },
  ])
  // An environment of Python under that name is none of ours.
  await rm(join(folder, '.env'))
  await mkdir(join(folder, '.env'))
  const without = await run(['doctor', '--config', join(folder, 'mcp.json'), '--json'], {
    env: { B_URL: '' },
  })
  expect(JSON.parse(without.stdout).servers).toMatchObject([
    { name: 'a', problem: `${variable('A_URL')} in mcpServers.a.url is not set` },
    { name: 'b', problem: problem('b') },
  ])
})
