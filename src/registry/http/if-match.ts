import type { ServerRecord } from '../store.ts'
import { HttpProblem, notThere } from './problem.ts'

export function entityTag(version: number): string {
  return `"${version}"`
}

/**
 * The version that a change is meant for; undefined: any. RFC 9110, 13.1.1: strong comparison, so weak tags match nothing.
 * @throws HttpProblem 404, 412
 */
export async function versionToMatch(
  header: string | undefined,
  current: () => Promise<ServerRecord | undefined>,
): Promise<number | undefined> {
  if (header === undefined || header.trim() === '*') return undefined
  const versions = header.split(',').flatMap((tag) => {
    const [, digits] = /^"(\d{1,15})"$/.exec(tag.trim()) ?? []
    return digits === undefined ? [] : [Number(digits)]
  })
  const record = await current()
  if (record === undefined) throw notThere('server')
  if (!versions.includes(record.version)) throw changedMeanwhile()
  return record.version
}

export function changedMeanwhile(): HttpProblem {
  return new HttpProblem(
    412,
    'The server has been changed since you read it. Nothing was changed now; read it again, then decide.',
    { code: 'changed_meanwhile' },
  )
}
