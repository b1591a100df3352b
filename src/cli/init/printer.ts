import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { folderOf } from '../../config/paths.ts'
import { oneLine } from '../../text/text.ts'
import { exampleIsInCache } from './example.ts'
import type { Plan } from './plan.ts'

/** What `--json` prints. */
export interface InitReport {
  ok: boolean
  configFile: string
  envFile: string
  /** Of the two, those that were written. */
  written: string[]
  added: Plan['added']
  skipped: Plan['skipped']
  /** To which the added servers refer, without any value. */
  variables: { name: string; places: string[]; description?: string; isSet: boolean; isOptional: boolean }[]
  next: string[]
}

/** `folder`: of the user, who types the commands in it. */
export function reportOf(plan: Plan, folder: string): InitReport {
  const { file, envFile, changes, added, skipped, copied } = plan
  const variables = plan.variables.map(({ value: _, ...variable }) => ({
    ...variable,
    isSet: variable.isSet || copied.includes(variable.name),
  }))
  return {
    ok: skipped.every(({ why }) => why !== 'problem'),
    ...{ configFile: file, envFile, written: changes.map((change) => change.file) },
    ...{ added, skipped, variables },
    next: nextSteps(plan, variables, folder),
  }
}

function nextSteps(plan: Plan, variables: InitReport['variables'], folder: string): string[] {
  const { file, envFile, added, copied } = plan
  const steps: string[] = []
  const shown = (path: string) => {
    const inner = relative(folder, path)
    return inner.startsWith('..') ? path : inner
  }
  if (existsSync(envFile) && copied.length > 0 && !isIgnoredByGit(envFile)) {
    steps.push(`keep ${shown(envFile)} out of version control: there are secrets in it`)
  }
  const missing = variables.filter(({ isSet, isOptional }) => !isSet && !isOptional).map(({ name }) => name)
  if (missing.length > 0) {
    steps.push(`set ${missing.join(', ')} in ${shown(envFile)} (remove the # there), or in the environment`)
  }
  const isExample = added.some(({ name, from }) => name === 'notes' && from === 'the examples')
  if (isExample && exampleIsInCache) {
    steps.push('npm install mcp-switchboard    (the example is started from a cache that npm empties)')
  }
  const config = `--config ${/\s/.test(shown(file)) ? JSON.stringify(shown(file)) : shown(file)}`
  steps.push(`npx switchboard doctor ${config}`)
  steps.push(
    isExample ? `npx switchboard call add_note text="buy milk" ${config}` : `npx switchboard list ${config}`,
  )
  return steps
}

/** As far as the `.gitignore` beside it says, if it can be read. */
function isIgnoredByGit(envFile: string): boolean {
  try {
    const lines = readFileSync(join(folderOf(envFile), '.gitignore'), 'utf8').split('\n')
    return lines.some((line) => /^\/?(\*\*\/)?(\.env\*?|\*\.env)$/.test(line.trim()))
  } catch {
    return false
  }
}

export function plainText({ configFile, envFile, written, added, skipped, next }: InitReport): string {
  const lines: string[] = []
  for (const { name, from, leftOut } of added) {
    const idle = leftOut.length === 0 ? '' : ` (without ${leftOut.join(', ')}: no effect here)`
    lines.push(`added ${name}, from ${from}${idle}`)
  }
  for (const { name, from, reason } of skipped) lines.push(`left out ${name}, from ${from}: ${reason}`)
  lines.push(written.includes(configFile) ? `wrote ${configFile}` : `${configFile} stays as it is`)
  if (written.includes(envFile)) lines.push(`wrote ${envFile}`)
  return [...lines.map(oneLine), '', 'Next:', ...next.map((step) => `  ${step}`), ''].join('\n')
}
