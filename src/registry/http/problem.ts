import { STATUS_CODES } from 'node:http'
import type { ProblemDetails } from '../wire.ts'

export interface ProblemExtras {
  /** Makes `type` a name that programs can tell apart. */
  code?: string
  /** Which fields. */
  errors?: ProblemDetails['errors']
  headers?: Readonly<Record<string, string>>
  /** To be told where something might have been changed. */
  nothingChanged?: true
}

/** An answer that is no success (RFC 9457). `detail`: what happened and what to do, in a sentence or two. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail)
  }

  /** As it is told to a request of this method: who only looks expects nothing to be changed. */
  toldTo(method: string): HttpProblem {
    const { nothingChanged, ...extras } = this.extras
    if (!nothingChanged || method === 'GET' || method === 'HEAD') return this
    return new HttpProblem(this.status, `${this.detail} Nothing was changed.`, extras)
  }

  get body(): ProblemDetails {
    const { code, errors } = this.extras
    return {
      // RFC 9457, 4.2.1: `about:blank` where the status says it all.
      type: code === undefined ? 'about:blank' : `urn:switchboard:problem:${code}`,
      title: STATUS_CODES[this.status] ?? 'Problem',
      status: this.status,
      detail: this.detail,
      ...(errors === undefined ? {} : { errors }),
    }
  }
}

/** Of what belongs to somebody else as well: nobody learns whether it is there. */
export function notThere(what: string): HttpProblem {
  return new HttpProblem(404, `There is no such ${what}.`, { code: 'not_found' })
}
