/**
 * What was seen from outside, one JSON object a line: by the callers (`call`, `outcome`) and by the servers themselves
 * (`run`). Simulation and chaos write it; `checker.ts` judges it. Nothing of `src/` is in it.
 */
import { z } from 'zod'

const historyEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    at: z.number(),
    callId: z.string(),
    function: z.string(),
    /** Whether the configuration permits a second run. */
    mayRepeat: z.boolean(),
  }),
  /** A server began to execute it. `answer`: what it answers, another one each time. */
  z.strictObject({
    type: z.literal('run'),
    at: z.number(),
    callId: z.string(),
    server: z.string(),
    answer: z.string(),
  }),
  z.strictObject({
    type: z.literal('outcome'),
    at: z.number(),
    callId: z.string(),
    /** `ok`, or an error's code. */
    code: z.string(),
    effect: z.enum(['none', 'unknown', 'done']),
    /** Of an `ok`: what the caller was told. */
    answer: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('fault'),
    at: z.number(),
    server: z.string(),
    fault: z.string(),
  }),
])

export type HistoryEvent = z.infer<typeof historyEventSchema>

export function parseHistory(text: string): HistoryEvent[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => historyEventSchema.parse(JSON.parse(line)))
}
