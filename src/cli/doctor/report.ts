import { stripVTControlCharacters } from 'node:util'
import type { Peer, RejectedTool, ServerState } from '../../contract/protocol.ts'
import { cap, clean } from '../../text/text.ts'
import { missingPackage } from '../missing-package.ts'
import { problemOf } from './advice.ts'
import type { EntryWords } from './entry.ts'
import type { Found } from './examine.ts'

export interface Diagnosis {
  /** No server is `not usable`. */
  ok: boolean
  configFile: string
  warnings: string[]
  /** In the order of the file. */
  servers: ServerReport[]
}

export interface ServerReport {
  name: string
  verdict: 'usable' | 'not usable' | 'disabled'
  state?: ServerState
  /** Command and arguments as the file says them, no variable expanded. */
  command?: string[]
  folder?: string
  url?: string
  peer?: Peer
  /** Names of its tools, as the model sees them. */
  functions?: string[]
  rejected?: RejectedTool[]
  startUpMs?: number
  pingMs?: number
  problem?: string
  help?: string
  /** The last lines of it. */
  stderr?: string[]
}

export interface Findings {
  name: string
  /** As a person finds it in the file. */
  place: string
  connectTimeoutMs: number
  entry: EntryWords
  /** Nothing of a server that is disabled. */
  found: Found | undefined
  stderr: string
}

/** Of a server that works, what it says is of little interest; else it may be a whole stack. */
const maxLines = { usable: 3, unusable: 20 }
const maxLineCharacters = 300
const maxProblemCharacters = 500

/** Everything here comes from strangers or a file: each text is cleaned, capped, and without secrets. */
export function diagnose({ name, place, connectTimeoutMs, entry, found, stderr }: Findings): ServerReport {
  const { command, folder, url, mask } = entry
  const said = (text: string, maxCharacters = maxLineCharacters) => cap(oneLine(mask(text)), maxCharacters)
  const configured = {
    name: oneLine(name),
    ...(command === undefined ? {} : { command: command.map(oneLine) }),
    ...(folder === undefined ? {} : { folder: oneLine(folder) }),
    ...(url === undefined ? {} : { url: oneLine(url) }),
  }
  if (!found) return { ...configured, verdict: 'disabled' }
  const { status, startUpMs } = found
  const { state, peer, pingMs, functions } = status
  const trouble = problemOf(status, place, connectTimeoutMs)
  const rejected = status.rejected.map((tool) => ({ name: said(tool.name), reason: said(tool.reason) }))
  const lines = mask(clean(stripVTControlCharacters(stderr)))
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(trouble ? -maxLines.unusable : -maxLines.usable)
    .map((line) => cap(line.replaceAll('\t', ' ').trimEnd(), maxLineCharacters))
  const help = (trouble && missingPackage(lines)) ?? trouble?.help
  // Its last line stands among the others.
  const problem = lines.length === 0 ? trouble?.problem : trouble?.problem.replace(/; it wrote: .*$/s, '')
  return {
    ...configured,
    verdict: trouble ? 'not usable' : 'usable',
    state,
    ...(peer === undefined ? {} : { peer }),
    ...(status.listed ? { functions, rejected } : {}),
    ...(startUpMs === undefined ? {} : { startUpMs }),
    ...(pingMs === undefined ? {} : { pingMs }),
    ...(problem === undefined ? {} : { problem: said(problem, maxProblemCharacters) }),
    ...(help === undefined ? {} : { help: said(help, maxProblemCharacters) }),
    ...(lines.length === 0 ? {} : { stderr: lines }),
  }
}

/** Of what may hold words of a server. */
export function toldLine(text: string): string {
  return cap(oneLine(text), maxProblemCharacters)
}

function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim()
}
