/** Values of command-line options that several commands take. */
import { InvalidArgumentError } from 'commander'

/** 0: any free one. */
export function portValue(value: string): number {
  return within(value, 0, 65_535, 'Give a port from 0 to 65535.', Number.isInteger)
}

/** Of an option that may be given several times. */
export function hostValues(value: string, earlier: string[] = []): string[] {
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.test(value)) {
    throw new InvalidArgumentError('Give a host or host:port, such as tools.internal:8443.')
  }
  return [...earlier, value]
}

/** Of seconds. */
export function secondsFrom(least: number): (value: string) => number {
  return (value) => within(value, least, 86_400, 'Give a number of seconds, up to 86400.')
}

export function within(
  value: string,
  least: number,
  most: number,
  refusal: string,
  isGood: (number: number) => boolean = () => true,
): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= least && number <= most) || !isGood(number)) {
    throw new InvalidArgumentError(refusal)
  }
  return number
}
