import { execFile } from 'node:child_process'
import { cpSync, readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from './support.ts'

test('the migrations make the tables that the schema has', async () => {
  const project = fileURLToPath(new URL('../..', import.meta.url))
  const { folder, remove } = temporaryFolder()
  try {
    cpSync(`${project}/src/registry/database/migrations`, folder, { recursive: true })
    const before = readdirSync(folder)
    const tool = `${project}/node_modules/drizzle-kit/bin.cjs`
    // It takes an absolute path for a relative one.
    const out = relative(project, folder)
    const options = ['--dialect', 'postgresql', '--schema', 'src/registry/database/schema.ts', '--out', out]
    const { stdout } = await promisify(execFile)(process.execPath, [tool, 'generate', ...options], {
      cwd: project,
    })
    expect(readdirSync(folder), 'run: npm run migration').toEqual(before)
    expect(stdout).toContain('No schema changes')
  } finally {
    remove()
  }
})
