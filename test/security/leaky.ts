import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { JsonObject } from '../../src/index.ts'
import { canary, plainCanary } from './canaries.ts'

export const leaky = fileURLToPath(new URL('leaky.mjs', import.meta.url))
/** As it stands in a configuration. */
export const reference = (name: string) => `$\u007b${name}}`

export const environment = {
  IN_ENV: canary('variable in env'),
  IN_ARGS: canary('variable in args'),
  IN_COMMAND: plainCanary('variable-in-command'),
  IN_PATH: plainCanary('in-path'),
  IN_HEADER: plainCanary('variable-in-header'),
  UNUSED: canary('not used at all'),
}

/** In every place of a stdio entry that takes a secret. */
export function stdio(how: string): JsonObject {
  return {
    command: process.execPath,
    args: [leaky, how, `--key=${reference('IN_ARGS')}`],
    env: {
      LITERAL: canary('env'),
      EXPANDED: `x${reference('IN_ENV')}`,
      LINES: `${plainCanary('first-line')}\n${plainCanary('second-line')}`,
      DATABASE: `postgres://admin:${encodeURIComponent(canary('password'))}@db.invalid/main`,
    },
  }
}

const basic = Buffer.from(`user:${canary('basic')}`).toString('base64')

/** In every place of an HTTP entry that takes a secret. */
export function http(url: string): JsonObject {
  const query = `?key=${encodeURIComponent(canary('query'))}&token=${plainCanary('plain-query')}`
  return {
    url: `${url}/${reference('IN_PATH')}/${plainCanary('literal-path')}${query}`,
    headers: {
      Authorization: `Bearer ${plainCanary('bearer')}`,
      'X-Api-Key': reference('IN_HEADER'),
      'X-Basic': `Basic ${basic}`,
      'X-Odd': plainCanary('"quoted"'),
    },
  }
}

/** What an HTTP server knows of a request, in every spelling. */
export function echo(request: IncomingMessage): string {
  const { headers, url = '' } = request
  const path = decodeURIComponent(url)
  const password = Buffer.from(basic, 'base64').toString()
  return [JSON.stringify({ headers, url, path, password }), url, path, password, inspect(headers)].join(' ')
}

/** What an HTTP server may answer to a call, with a text in every place. */
export const answers: ((text: string) => JsonObject)[] = [
  (text) => ({ result: { content: [{ type: 'text', text }], structuredContent: { [text]: text } } }),
  (text) => ({ result: { isError: true, content: [{ type: 'text', text }] } }),
  (text) => ({ error: { code: -32001, message: text, data: text } }),
]
