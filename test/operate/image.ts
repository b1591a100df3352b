import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { projectFolder } from './compose-file.ts'

const execute = promisify(execFile)
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean(), devOptional: z.boolean(), peer: z.boolean() }).partial(),
  ),
})

/**
 * The folder `/app` of the image, by the steps of the Dockerfile. What npm would fetch is taken from the packages that are
 * installed here, those alone that its lock file names for these options.
 */
export async function makeApp(folder: string): Promise<string> {
  const packages = join(folder, 'packages')
  const app = join(folder, 'app')
  await mkdir(packages)
  await mkdir(app)
  for (const file of ['package.json', 'package-lock.json', 'deploy/production.mjs']) {
    await cp(join(projectFolder, file), join(packages, file.replace('deploy/', '')))
  }
  await execute(process.execPath, ['production.mjs'], { cwd: packages })
  const omitted = ['--omit=dev', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund']
  await execute('npm', ['install', '--package-lock-only', '--offline', ...omitted], { cwd: packages })
  const lock = lockSchema.parse(JSON.parse(await readFile(join(packages, 'package-lock.json'), 'utf8')))
  const installed = await realpath(join(projectFolder, 'node_modules'))
  // With what is nested in it; an optional one of another platform is not there.
  const kept = Object.entries(lock.packages).flatMap(([path, { dev, devOptional, peer }]) => {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? []
    const isKept = name !== undefined && !dev && !devOptional && !peer && existsSync(join(installed, name))
    return isKept ? [name] : []
  })
  await mkdir(join(app, 'node_modules'))
  const copy = (...options: string[]) =>
    execute('cp', [...options, '--parents', ...kept, join(app, 'node_modules')], { cwd: installed })
  // By links, unless that is another disk.
  await copy('-al').catch(() => copy('-a'))
  const { stdout } = await execute('npm', [
    ...['pack', projectFolder, '--ignore-scripts', '--silent', '--pack-destination', packages],
  ])
  await execute('tar', ['-xzf', join(packages, stdout.trim()), '--strip-components=1', '-C', app])
  return app
}
