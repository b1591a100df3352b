/** How many checks each scenario has to pass at least, and which are not reached, with the reason. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Checks that have to pass. A client that does nothing passes some scenarios: the suite's verdict is not enough. */
const checks = z.number().int().nonnegative()
const floorSchema = z.union([
  checks.transform((floor) => ({ checks: floor, notReached: undefined })),
  /** `notReached`: why not all of its checks pass. */
  z.strictObject({ checks, notReached: z.string() }),
])
const floorsSchema = z.record(z.string(), z.record(z.string(), floorSchema))

export type Floor = z.infer<typeof floorSchema>
export type Floors = z.infer<typeof floorsSchema>

export function readFloors(): Floors {
  return floorsSchema.parse(JSON.parse(readFileSync('test/conformance/floors.json', 'utf8')))
}
