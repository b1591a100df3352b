/** Options that several commands have, for `Command.option(...)`. */
import { hostValues } from './values.ts'

export const configOption = [
  '--config <file>',
  'the servers, as { "mcpServers": … } (default: mcp.json in this folder, else the two examples)',
] as const

export const watchOption = ['--watch', 'read the configuration again when it changes'] as const

/** What it prints is read as a whole. */
export const jsonDocumentOption = ['--json', 'print one JSON document instead of text'] as const

/** What it prints is read as it comes. */
export const jsonLinesOption = ['--json', 'print one JSON object a line instead of text'] as const

export const recordOption = [
  '--record <file>',
  'record what the servers and the calls do, for `switchboard replay`',
] as const

export const models = ['rehearsal', 'openai'] as const
export type Model = (typeof models)[number]

/** For `new Option(...)`, with `models` as its choices. */
export const modelOption = [
  '--model <name>',
  'what speaks for the agent; openai needs OPENAI_API_KEY, and costs money',
] as const

export const instructionsOption = ['--instructions <text>', 'who the agent is and what it is for'] as const

export const allowHostOption = [
  '--allow-host <host[:port]>',
  "a host of users' own servers that may be private or without https (may be given several times)",
  hostValues,
] as const
