/** Values of the registry's own options and arguments. */
import { InvalidArgumentError } from 'commander'
import { UsageError } from '../failure.ts'
import { within } from '../values.ts'

export function proxies(value: string): number {
  return within(value, 0, 10, 'Give a whole number from 0 to 10.', Number.isInteger)
}

export function origin(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new InvalidArgumentError('Give an address without a path, such as https://tools.example.com.')
  }
  return url.origin
}

export function signInPage(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) {
    throw new InvalidArgumentError('Give an address such as https://app.example.com/servers/{id}.')
  }
  if (!value.includes('{id}')) {
    throw new InvalidArgumentError(
      'It lacks {id}, which stands for the server that somebody signs in at, as in https://app.example.com/servers/{id}.',
    )
  }
  return value
}

/** @throws UsageError */
export function keyName(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/.test(value)) return value
  throw new UsageError(
    `key name ${JSON.stringify(value)}: use letters, digits and ._- only, a letter or digit first, at most 60`,
  )
}
