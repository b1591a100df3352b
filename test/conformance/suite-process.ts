/** The suites, which have packages of their own: they need a newer Node than this project does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Suite } from './suites.ts'

const folder = resolve('conformance')
const modules = resolve(folder, 'node_modules')
/** Of a scenario that waits for a client that waits for it. */
const timeoutMs = 60_000

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** @throws Error with what is missing */
export async function installSuites(onProgress: (words: string) => void): Promise<void> {
  const isThere = existsSync(resolve(modules, '.package-lock.json'))
  if (isThere) return
  onProgress('installing the conformance suites and Node 24, once; this takes 10 seconds to a minute …')
  // On Windows npm is a script.
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, shell: true })
  const [stderr, [code]] = await Promise.all([text(npm.stderr), once(npm, 'close'), text(npm.stdout)])
  if (code === 0) return
  throw new Error(
    `the packages of conformance/package.json cannot be installed; the registry may lack one of them:\n${stderr.trim()}`,
  )
}

export async function runSuite(name: Suite['package'], args: readonly string[]): Promise<Ended> {
  const node = resolve(modules, 'node/bin/node')
  const entry = resolve(modules, name, 'dist/index.js')
  for (const path of [node, entry]) {
    if (!existsSync(path)) throw new Error(`${path} is missing; remove ${modules} and start again`)
  }
  // It starts clients through a shell, of which Node warns.
  const suite = spawn(node, ['--disable-warning=DEP0190', entry, ...args], {
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(suite.stdout),
    text(suite.stderr),
    once(suite, 'close'),
  ])
  return { code, stdout, stderr }
}
