import { z } from 'zod'
import { Random } from '../support/random.ts'
import { faultNames, faultWeights } from './faults.ts'
import { functions, places, sharedPlaces } from './scenery.ts'

export const modes = ['safety', 'liveness'] as const
export type Mode = (typeof modes)[number]

const at = z.number()
const conversation = z.number()
const server = z.string()
const forMs = z.number()

/** `at`: milliseconds since the beginning. */
const plannedSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('call'),
    ...{ at, conversation },
    function: z.string(),
    /** What the server does with the call follows from this. */
    ticket: z.string(),
    timeoutMs: z.number().optional(),
    cancelAfterMs: z.number().optional(),
    /** Its arguments do not fit. */
    isWrong: z.literal(true).optional(),
  }),
  z.strictObject({ do: z.literal('interrupt'), at, conversation }),
  /** The conversation ends; the next deed in it begins a new one. */
  z.strictObject({ do: z.literal('hang up'), at, conversation }),
  z.strictObject({ do: z.literal('fault'), at, server, fault: z.enum(faultNames), forMs }),
  z.strictObject({ do: z.literal('restart'), at, server }),
  z.strictObject({ do: z.literal('remove'), at, server, forMs }),
  z.strictObject({ do: z.literal('redefine'), at, server }),
  /** Every fault is lifted, the operator restarts what waits for that, and it stays so. */
  z.strictObject({ do: z.literal('calm'), at, forMs }),
])

const planSchema = z.strictObject({
  seed: z.number(),
  mode: z.enum(modes),
  /** Options of the switchboard. */
  policy: z.record(z.string(), z.number()),
  durationMs: z.number(),
  deeds: z.array(plannedSchema).readonly(),
})

export type Deed = z.infer<typeof plannedSchema>
export type Plan = z.infer<typeof planSchema>

export function parsePlan(json: string): Plan {
  return planSchema.parse(JSON.parse(json))
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const callsAnHour = 1_250
const operatorDeedsAnHour = 50
const conversations = 6
/** The first of them has a server of its own. */
export const withOwnServers = 1
/** In liveness mode, in turns. */
const stormMs = 5 * minuteMs
const calmMs = 3 * minuteMs

/** An hour of calls and faults. The same seed and mode, the same plan. */
export function planOf(seed: number, mode: Mode): Plan {
  const random = new Random(seed, mode, 'plan')
  const calls = plannedCalls(random)
  const deeds = [...calls, ...plannedFaults(random), ...plannedOperators(random, calls)]
  const isCalm = (at: number) => mode === 'liveness' && at % (stormMs + calmMs) >= stormMs
  const kept = deeds.filter(({ at }) => !isCalm(at))
  if (mode === 'liveness') kept.push(...calms())
  return {
    ...{ seed, mode, durationMs: hourMs },
    policy: policyOf(random),
    deeds: kept.sort((a, b) => a.at - b.at),
  }
}

function policyOf(random: Random): Plan['policy'] {
  return {
    ...(random.chance(0.2) ? { maxInFlight: random.between(1, 4) } : {}),
    ...(random.chance(0.1) ? { maxCalls: random.between(4, 12) } : {}),
    ...(random.chance(0.2) ? { patienceMs: random.spread(200, 20_000) } : {}),
    ...(random.chance(0.2) ? { drainTimeoutMs: random.spread(50, 20_000) } : {}),
    ...(random.chance(0.2) ? { unresponsiveAfterMs: random.spread(500, 20_000) } : {}),
    ...(random.chance(0.7) ? { heartbeatMs: random.spread(5_000, 60_000) } : {}),
    ...(random.chance(0.2) ? { maxCallMs: random.spread(1_000, 200_000) } : {}),
    ...(random.chance(0.3) ? { minBackOffMs: random.spread(10, 5_000) } : {}),
    ...(random.chance(0.6) ? { maxBackOffMs: random.spread(1_000, 60_000) } : {}),
    ...(random.chance(0.3) ? { questionTimeoutMs: random.spread(500, 60_000) } : {}),
  }
}

/** In bursts, as people talk. */
function plannedCalls(random: Random): Deed[] {
  const deeds: Deed[] = []
  const names = [...functions.keys()]
  while (deeds.length < callsAnHour) {
    const startsAt = random.between(0, hourMs)
    for (let left = random.spread(1, 30); left > 0; left--) {
      const at = startsAt + random.between(0, 5_000)
      const wanted = random.chance(0.02) ? random.pick(['fly', 'tool_status']) : random.pick(names)
      const isOwn = wanted === 'write_diary' && random.chance(0.8)
      const conversation = random.between(0, (isOwn ? withOwnServers : conversations) - 1)
      if (random.chance(0.02)) deeds.push({ at, do: 'interrupt', conversation })
      if (random.chance(0.01)) deeds.push({ at, do: 'hang up', conversation })
      deeds.push({
        ...{ at, do: 'call', conversation, ticket: `ticket-${deeds.length}` },
        function: wanted,
        ...(random.chance(0.1) ? { timeoutMs: random.spread(10, 60_000) } : {}),
        ...(random.chance(0.05) ? { cancelAfterMs: random.spread(1, 10_000) } : {}),
        ...(random.chance(0.01) ? { isWrong: true } : {}),
      })
    }
  }
  return deeds
}

function plannedFaults(random: Random): Deed[] {
  const servers = Object.keys(places)
  return servers.flatMap((server) => {
    const deeds: Deed[] = []
    for (let at = random.spread(1_000, minuteMs); at < hourMs; at += random.spread(5_000, 5 * minuteMs)) {
      deeds.push({
        at,
        do: 'fault',
        server,
        fault: random.weighted(faultWeights),
        forMs: random.spread(50, 3 * minuteMs),
      })
    }
    return deeds
  })
}

function plannedOperators(random: Random, calls: readonly Deed[]): Deed[] {
  const servers = Object.keys(sharedPlaces)
  return Array.from({ length: operatorDeedsAnHour }, () => {
    // While people talk: then something is on its way.
    const at = random.pick(calls).at + random.between(0, 2_000)
    const server = random.pick(servers)
    const what = random.weighted({ restart: 2, remove: 1, redefine: 1 })
    return what === 'remove'
      ? { at, do: what, server, forMs: random.spread(10, minuteMs) }
      : { at, do: what, server }
  })
}

function calms(): Deed[] {
  const deeds: Deed[] = []
  for (let at = stormMs; at + calmMs <= hourMs; at += stormMs + calmMs) {
    deeds.push({ at, do: 'calm', forMs: calmMs })
  }
  return deeds
}
