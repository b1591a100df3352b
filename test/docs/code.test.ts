import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { commandLines } from './commands.ts'
import { projectRoot, readPage, readPages } from './pages.ts'
import { filesOf } from './programs.ts'
import { compiled, type Workspace } from './workspace.ts'

const execute = promisify(execFile)
const main = join(projectRoot, 'dist/cli/main.js')
const files = readPages().flatMap(filesOf)
const wrongPage = readPage(
  'wrong.md',
  `<!-- docs: file own.ts
import { createSwitchbord } from 'mcp-switchboard'
export const own = createSwitchbord
-->
Text.
\`\`\`ts
import { createSwitchboard } from 'mcp-switchboard'
import { own } from './own.js'
createSwitchboard({ patience: 3_000 })
\`\`\`
<!-- docs: continues -->
\`\`\`ts
own.nothing()
createSwitchboard({ mcpServers: {} }).srvers
\`\`\`
`,
)
let workspace: Workspace

// They mostly wait.
vi.setConfig({ maxConcurrency: 2 })

beforeAll(async () => {
  workspace = await compiled([...files, ...filesOf(wrongPage)])
})
afterAll(() => workspace?.remove())

test('code in the pages compiles against the built package, as a user imports it', () => {
  const ofPages = workspace.problems.filter((problem) => !problem.startsWith('wrong.md:'))
  expect(ofPages).toEqual([])
})

test('a wrong name in a page is told where it stands', () => {
  const told = workspace.problems.filter((problem) => problem.startsWith('wrong.md:'))
  expect(told.map((problem) => problem.split(': ')[0]).sort()).toEqual([
    'wrong.md:14',
    'wrong.md:2',
    'wrong.md:9',
  ])
})

const run = files.filter(({ exitCode }) => exitCode !== undefined)

test.concurrent.each(run.map((file) => [`${file.page.path}, ${file.name}`, file] as const))(
  'what %s shows runs',
  async (_, file) => {
    const folder = workspace.folderOf(file)
    await giveServers(folder)
    const programs =
      file.language === 'sh'
        ? commandLines(file.text).filter(([name]) => name === 'switchboard')
        : [['node', join(folder, file.name.replace(/ts$/, 'js'))]]
    expect(programs).not.toEqual([])
    for (const [name, ...args] of programs) {
      const { code, said } = await start(name === 'node' ? args : [main, ...args], folder)
      expect(code, said).toBe(file.exitCode)
    }
  },
)

/** The example servers, where the page has no configuration of its own. */
async function giveServers(folder: string): Promise<void> {
  const file = join(folder, 'mcp.json')
  if (existsSync(file)) return
  const server = (name: string) => ({
    command: process.execPath,
    args: [join(projectRoot, `dist/examples/servers/${name}.js`)],
    cwd: projectRoot,
  })
  await writeFile(file, JSON.stringify({ mcpServers: { web: server('web'), mail: server('mail') } }))
}

async function start(args: string[], cwd: string) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(OPENAI|LIVEKIT|BRAVE|SEARXNG)_/.test(name))
  const env = { ...Object.fromEntries(kept), npm_config_offline: 'true' }
  return execute(process.execPath, args, { cwd, env, timeout: 50_000 })
    .then(({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }))
    .catch((error: { code: number | null; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }))
}
