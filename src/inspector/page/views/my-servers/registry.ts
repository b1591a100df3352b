import type { ProblemDetails } from '../../../../registry/wire.ts'

const root = '/api/mcp'

/** The registry said no: `message` says why, `fields` what is wrong with what was typed, by JSON pointer. */
export class Refused extends Error {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>

  constructor({ status, detail, type, errors = [] }: ProblemDetails) {
    super(detail)
    this.status = status
    const named = errors.map(({ pointer, detail }): [string, string] => [pointer, detail])
    this.fields = new Map(type.endsWith(':name_taken') ? [['/name', detail]] : named)
  }
}

export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: object
  /** Nothing is changed where the server has another by now (412). */
  version?: number
}

/** @throws Refused; Error whose message is for whoever reads the page */
export async function askRegistry<Answer>(
  path: string,
  { method = 'GET', body, version }: Request = {},
): Promise<Answer> {
  const response = await fetch(root + path, {
    method,
    headers: {
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => undefined)
  if (!response) throw new Error('Switchboard does not answer; is it still running?')
  const text = await response.text()
  if (!response.ok && !text.startsWith('{')) throw new Error(`It was refused (${response.status}).`)
  // Of our own server, behind the same token.
  const answer = JSON.parse(text === '' ? '{}' : text)
  if (!response.ok) throw new Refused(answer)
  return answer
}

/** Tells of each change, and when the connection is there again after it was lost. */
export function listenToRegistry(onChange: () => void): () => void {
  const source = new EventSource(`${root}/events`)
  for (const type of ['open', 'servers', 'status']) source.addEventListener(type, onChange)
  return () => source.close()
}
