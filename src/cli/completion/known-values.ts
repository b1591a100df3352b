import { readConfigurationFile } from '../../config/file.ts'
import { chooseConfiguration } from '../chosen-configuration.ts'
import { recall } from '../known-functions.ts'
import { type Suggestion, suggestion } from './suggestion.ts'

/** Functions of a configuration, as far as they are known. */
export function functionNames(config: string | undefined): Suggestion[] {
  return recall(chooseConfiguration(config).file).map(({ name, description }) =>
    suggestion(name, description),
  )
}

/** What a function takes, but for those in `given`, which are `key=value`. */
export function parameterNames(
  config: string | undefined,
  functionName: string,
  given: readonly string[],
): Suggestion[] {
  const known = recall(chooseConfiguration(config).file).find(({ name }) => name === functionName)
  return (known?.parameters ?? [])
    .map((parameter) => suggestion(`${parameter}=`))
    .filter(({ value }) => !given.some((word) => word.startsWith(value)))
}

/** The first turns of the servers of a configuration, for `--kill`. */
export function serverTurns(config: string | undefined): Suggestion[] {
  try {
    const names = Object.keys(readConfigurationFile(chooseConfiguration(config).file).servers)
    return names.map((name) => suggestion(`${name}@1`))
  } catch {
    return []
  }
}
