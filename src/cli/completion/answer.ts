import type { Command } from 'commander'
import { type Suggestions, suggest } from './suggest.ts'

/** Of the scripts (Cobra's `ShellCompDirective`). */
const directives = { noSpace: 2, noFiles: 4, onlyFolders: 16 } as const

/** A shell expands what it is offered, and some names are those of strangers' servers: nothing that it would run. */
const harmless = /^[\w@%+=:,./-]+$/
const dangerous = /[`$\\"'\t\p{Cc}]/gu

/** What a script is told of a word that is being written. */
export function completionText(program: Command, words: readonly string[]): string {
  const found = suggest(program, words)
  const lines = found.suggestions
    .filter(({ value }) => harmless.test(value))
    .map(({ value, description }) => `${value}\t${description.replace(dangerous, '')}\n`)
  return `${lines.join('')}:${directiveOf(found)}\n`
}

function directiveOf({ files, noSpace }: Suggestions): number {
  const space = noSpace ? directives.noSpace : 0
  if (files === 'files') return space
  return space + (files === 'folders' ? directives.onlyFolders : directives.noFiles)
}
