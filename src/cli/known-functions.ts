import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Switchboard } from '../switchboard.ts'
import { oneLine } from '../text/text.ts'

const knownSchema = z.array(
  z.object({ name: z.string(), description: z.string(), parameters: z.array(z.string()) }),
)

/** What completion wants to know of a function. */
export type KnownFunction = z.infer<typeof knownSchema>[number]

const maxDescriptionCharacters = 100
const propertiesSchema = z.object({ properties: z.record(z.string(), z.unknown()) }).catch({ properties: {} })

/**
 * Keeps what the servers of a configuration offer, so that a shell completes it without starting them. Best effort. Not while
 * one is still awaited: then it would forget that one's.
 */
export function remember(
  configFile: string,
  { servers, functions }: Pick<Switchboard, 'servers' | 'functions'>,
): void {
  if (servers.some(({ state }) => state === 'connecting')) return
  const known = functions.map(({ name, title, description, inputSchema }): KnownFunction => {
    const [words = ''] = (title ?? description).split('\n')
    const parameters = Object.keys(propertiesSchema.parse(inputSchema).properties)
    return { name, description: oneLine(words).slice(0, maxDescriptionCharacters), parameters }
  })
  const file = fileFor(configFile)
  const unfinished = `${file}.${randomUUID()}`
  try {
    const text = JSON.stringify(known)
    if (text === read(file)) return
    mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 })
    writeFileSync(unfinished, text, { mode: 0o600 })
    renameSync(unfinished, file)
  } catch {
    // A folder that cannot be written is no reason for a command to fail.
    rmSync(unfinished, { force: true })
  }
}

/** Nothing where nobody has asked these servers yet. */
export function recall(configFile: string): KnownFunction[] {
  try {
    return knownSchema.parse(JSON.parse(read(fileFor(configFile)) ?? '[]'))
  } catch {
    return []
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function fileFor(configFile: string): string {
  const name = createHash('sha256').update(resolve(configFile)).digest('hex').slice(0, 32)
  return join(cacheFolder(), `${name}.json`)
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const base = XDG_CACHE_HOME || (process.platform === 'win32' && LOCALAPPDATA) || join(homedir(), '.cache')
  return join(base, 'switchboard')
}
