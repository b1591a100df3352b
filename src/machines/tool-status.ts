import type { FunctionInfo } from '../contract/protocol.ts'
import { type Directory, isCallable } from './directory.ts'
import { functionName } from './names.ts'
import { describe } from './routing.ts'

/** Always offered, so that the model can say what is missing and why. */
export const toolStatus: FunctionInfo = {
  name: 'tool_status',
  description:
    'Tells which tools cannot be used right now, since when, and why. Use it before telling the caller.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  servers: [],
  callable: true,
}

/** What is missing, since when, why. */
export function statusText(directory: Directory, now: number): string {
  const { problem } = directory
  const missing = directory.entries().filter(({ report }) => !isCallable(report.state))
  const behind = behindProxies(directory)
  if (missing.length === 0 && problem === undefined && behind === '') {
    const names = directory.functions().map(({ name }) => name)
    return names.length === 0 ? 'No tools are configured.' : `All tools can be used: ${names.join(', ')}.`
  }
  const away = missing.map((entry) => {
    const { name, state, since, lastError, signInUrl } = entry.report
    const names = directory.missingWithout(entry)
    const without = names.length === 0 ? '' : ` Without it: ${names.join(', ')}.`
    const remedy = signInUrl === undefined ? '' : ' It needs a sign-in.'
    return `${describe(name, state, since, now)}${lastError ? `, because ${lastError.replace(/\.$/, '')}` : ''}.${remedy}${without}`
  })
  return [
    ...(problem === undefined ? [] : [`It is not known which tools there are: ${problem}.`]),
    ...away,
    ...(behind === '' ? [] : [behind]),
  ].join(' ')
}

/** Which servers stand behind a proxy, only that knows. */
function behindProxies(directory: Directory): string {
  const proxies = directory
    .entries()
    .filter(({ options, report }) => options.proxy && isCallable(report.state))
  const told = proxies.map(({ report: { name }, options: { group = name } }) => {
    const asked = functionName(`${group}__${toolStatus.name}`)
    return `Which of the tools behind ${name} cannot be used, ${asked} tells.`
  })
  return told.join(' ')
}
