import { z } from 'zod'

/** What is wrong with one entry; the others do not notice. */
export class EntryProblem extends Error {}

/** The keys that other clients write; any other has no effect here. */
const entrySchema = z.looseObject({
  type: z.enum(['stdio', 'http', 'streamable-http', 'streamableHttp', 'sse']).optional(),
  command: z.string().min(1).optional(),
  args: z.array(z.string()).default([]),
  /** VS Code: a number is written out, `null` is a variable that is not given. */
  env: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).default({}),
  envFile: z.string().min(1).optional(),
  cwd: z.string().min(1).optional(),
  url: z.string().min(1).optional(),
  /** Windsurf's word for `url`. */
  serverUrl: z.string().min(1).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  disabled: z.boolean().default(false),
  /** Windsurf: tools that its user has switched off. */
  disabledTools: z.array(z.string()).default([]),
  switchboard: z.unknown().optional(),
})

export type Entry = z.infer<typeof entrySchema>

/** Those that mean something here. */
export const entryKeys: ReadonlySet<string> = new Set(Object.keys(entrySchema.shape))

/** @throws EntryProblem */
export function parseEntry(raw: unknown, place: string): Entry {
  const result = entrySchema.safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new EntryProblem(`${[place, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`)
}
