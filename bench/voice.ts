/**
 * What a caller hears, and when, in a real call at real time: a real agent session on the rehearsal, and a real server.
 * Prints what it measured in JSON. One argument: how often the caller asks, waits, and breaks into what the agent says.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { createSwitchboard } from '../src/index.ts'
import { sampleRate } from '../src/rehearsal/pcm.ts'
import { Exchange, type Phone } from '../test/support/phone.ts'
import { until } from '../test/support/until.ts'

const samples = Number(process.argv[2] ?? 7)
const program = fileURLToPath(new URL('../test/faults/server.mjs', import.meta.url))
const queries = ['state machines', 'breaking news']
const samplesPerMs = sampleRate / 1_000
/** Of full scale, 1 %: what is quieter is no sound yet. */
const audible = 328
/** How long the caller listens: another time each, since sound travels in pieces. */
const listenMs = { least: 300, step: 33, steps: 7 }

const noteSchema = z.object({ event: z.string(), at: z.number() })

/** Sound, and when it began, in epoch milliseconds like all times here. */
interface Piece {
  pcm: Int16Array
  at: number
}

/** Milliseconds, one for each time. */
interface Measured {
  /** The function call is at its server → the first sound of the filler. */
  filler: number
  /** The first sound of the caller's voice → the last sample of the agent that was played. */
  silencedSinceVoice: number
  /** The model takes the voice for speech → the same. */
  silencedSinceHeard: number
  /** The model takes the voice for speech → the server has been told that the call is cancelled. */
  cancelledSinceHeard: number
}

const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
const exchange = new Exchange()
const switchboard = createSwitchboard({
  mcpServers: {
    web: { command: process.execPath, args: [program, '--directory', directory, '--spoken'] },
  },
})
try {
  process.stdout.write(JSON.stringify(await measure()))
} finally {
  await exchange.close()
  await switchboard.stop()
  rmSync(directory, { recursive: true, force: true })
}

async function measure(): Promise<Measured[]> {
  switchboard.start()
  await switchboard.settled()
  await exchange.open()
  const [caller, agent]: [Piece[], Piece[]] = [[], []]
  const phone: Phone = exchange.phone(switchboard.conversation(), {
    onSpeech: (pcm, atMs) => caller.push({ pcm, at: epochOf(phone, atMs) }),
    onPlayed: (pcm, atMs) => agent.push({ pcm, at: epochOf(phone, atMs) }),
  })
  await phone.connect()
  try {
    await phone.say(ask(0))
    const measured: Measured[] = []
    for (let count = 1; count <= samples; count++) {
      measured.push(await interruption(phone, count, { caller, agent }))
    }
    return measured
  } finally {
    await phone.hangUp()
  }
}

/** The call of the nth search is slow, and the caller asks for another while the agent speaks of it. */
async function interruption(
  phone: Phone,
  count: number,
  { caller, agent }: { caller: Piece[]; agent: Piece[] },
): Promise<Measured> {
  const arrivedAt = await noted('ledger.jsonl', 'start', count)
  await phone.untilAgentSpeaks()
  await pause(listenMs.least + listenMs.step * (count % listenMs.steps))
  caller.length = 0
  const asking = phone.say(ask(count))
  await phone.untilHeard(count)
  const filler = agent.splice(0)
  const heardAt = await heardAsSpeech(count)
  const cancelledAt = await noted('journal.jsonl', 'cancelled', count)
  await asking
  const silentAt = endOf(filler)
  if (silentAt < heardAt) throw new Error('the agent had ended before the caller was heard')
  return {
    filler: beginningOf(filler) - arrivedAt,
    silencedSinceVoice: silentAt - beginningOf(caller),
    silencedSinceHeard: silentAt - heardAt,
    cancelledSinceHeard: cancelledAt - heardAt,
  }
}

function ask(count: number): string {
  return `search the web for ${queries[count % queries.length]}`
}

function epochOf({ clock }: Phone, callMs: number): number {
  return Date.now() - clock.nowMs() + callMs
}

function beginningOf(pieces: readonly Piece[]): number {
  for (const { pcm, at } of pieces) {
    const first = pcm.findIndex((sample) => Math.abs(sample) >= audible)
    if (first >= 0) return at + first / samplesPerMs
  }
  throw new Error('nothing was heard')
}

function endOf(pieces: readonly Piece[]): number {
  return Math.max(...pieces.map(({ pcm, at }) => at + pcm.length / samplesPerMs))
}

/** When the model took the caller's voice for speech, after that of the first request, for the nth time. */
function heardAsSpeech(count: number): Promise<number> {
  const times = () => exchange.facts.flatMap((fact) => (fact.type === 'speech.started' ? fact.at : []))
  return until(() => times()[count], `the caller is heard for the ${count + 1}th time`)
}

/** When a server wrote down an event for the nth time. */
function noted(file: string, event: string, count: number): Promise<number> {
  const times = () =>
    readFileSync(join(directory, file), { encoding: 'utf8', flag: 'a+' })
      .split('\n')
      .flatMap((line) => (line === '' ? [] : noteSchema.parse(JSON.parse(line))))
      .flatMap((note) => (note.event === event ? note.at : []))
  return until(() => times()[count - 1], `the server notes ${event} ${count} times`)
}
