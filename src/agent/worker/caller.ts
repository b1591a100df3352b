import { z } from 'zod'

/** Who calls, as far as a job knows. */
export interface Caller {
  /** What the dispatcher wrote. */
  jobMetadata: string
  /** Of the participant, as the token says that let them in. Their own metadata is no proof: they can change it. */
  identity(): Promise<string>
}

const metadataSchema = z.object({ userId: z.string().min(1).max(200) })

/** Whose servers a call has: `userId` of the job's metadata (JSON), else the caller's identity. */
export async function userIdOf({ jobMetadata, identity }: Caller): Promise<string> {
  return readMetadata(jobMetadata)?.userId ?? identity()
}

function readMetadata(text: string): z.infer<typeof metadataSchema> | undefined {
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
