import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../src/index.ts'

const program = fileURLToPath(new URL('library.mjs', import.meta.url))

/** What the library speaks: MCP 2025-11-25, or 2026-07-28 alone. */
export const eras = ['legacy', 'modern'] as const

export type Era = (typeof eras)[number]

interface Library {
  era: Era
  instructions?: string
  env?: Record<string, string>
  switchboard?: JsonObject
}

/** An entry of `mcpServers`. */
export function library({ era, instructions, env = {}, switchboard = {} }: Library): JsonObject {
  const only = era === 'modern' ? { MODERN_ONLY: '1' } : {}
  const args = [program, ...(instructions === undefined ? [] : [instructions])]
  return { command: process.execPath, args, env: { ...env, ...only }, switchboard }
}

/** The reference server. */
export function everything(switchboard: JsonObject = {}): JsonObject {
  const server = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  )
  return { command: process.execPath, args: [server, 'stdio'], switchboard }
}
