import type { ApiError } from '../wire.ts'

export interface Asked {
  /** Sent as JSON with POST; without it the request is a GET. */
  body?: object
  signal?: AbortSignal
}

/** @throws Error whose message is for whoever reads the page */
export async function ask<Answer>(path: string, asked?: Asked): Promise<Answer> {
  // Of our own server, behind the same token.
  const answer: Answer = JSON.parse(await askText(path, asked))
  return answer
}

/** @throws Error whose message is for whoever reads the page */
export async function askText(path: string, { body, signal }: Asked = {}): Promise<string> {
  const response = await fetch(path, {
    ...(signal ? { signal } : {}),
    ...(body
      ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
      : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Error('Switchboard does not answer; is it still running?')
  })
  const text = await response.text()
  if (response.ok) return text
  if (response.status === 403 && !text.startsWith('{')) throw new Error('This page is not let in any more.')
  const { error }: ApiError = JSON.parse(text)
  throw new Error(error.message)
}

export function wordsOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
