import { execFileSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { z } from 'zod'

/** A program, and what its process is given beside the environment of this one. */
export interface Chromium {
  executable: string
  environment: Record<string, string>
}

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const { resolve } = createRequire(import.meta.url)

/** One that is installed; else that of `@sparticuz/chromium`, unpacked once. */
export function findChromium(): Chromium {
  const paths = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...paths.flatMap((path) => names.map((name) => join(path, name))), onMac]
  const installed = candidates.find(isExecutable)
  return installed === undefined ? unpacked() : { executable: installed, environment: {} }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Several processes of a test run may come at once: each unpacks for itself, and the first to be ready is taken. */
function unpacked(): Chromium {
  const main = resolve('@sparticuz/chromium')
  const folder = join(dirname(main), '../..')
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
  const directory = join(folder, '../../.cache/switchboard-chromium', version)
  if (!existsSync(directory)) {
    const own = `${directory}.${process.pid}`
    mkdirSync(own, { recursive: true })
    const unpack = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"
    execFileSync(process.execPath, ['--input-type=module', '-e', unpack], {
      cwd: dirname(main),
      env: { ...process.env, TMPDIR: own },
    })
    try {
      renameSync(own, directory)
    } catch {
      rmSync(own, { recursive: true })
    }
  }
  return { executable: join(directory, 'chromium'), environment: { FONTCONFIG_FILE: fontsOf(directory) } }
}

/** It comes with one family, for machines that have none. */
function fontsOf(directory: string): string {
  const file = join(directory, 'fonts.conf')
  const system = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
  if (!existsSync(file)) {
    const text = `<?xml version="1.0"?>\n<fontconfig>${system}<dir>${directory}/fonts</dir></fontconfig>\n`
    writeFileSync(`${file}.${process.pid}`, text)
    renameSync(`${file}.${process.pid}`, file)
  }
  return file
}
