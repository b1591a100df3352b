import { z } from 'zod'
import type { ContentBlock } from '../contract/protocol.ts'
import { cap, clean, oneLine, written } from './text.ts'

/**
 * What a model reads of a tool's answer: its texts first, then all other content, none of it left out. Of a link it reads what
 * is behind it and where, of an embedded text the text, of other data its type and size (MCP 2025-11-25, "Tool Result").
 */
export function readable(content: ContentBlock[], structured: unknown, maxCharacters: number): string {
  const texts: string[] = []
  const others: string[] = []
  for (const block of content) {
    if (block.type === 'text' && typeof block.text === 'string') texts.push(block.text)
    else others.push(inWords(block))
  }
  const parts = [...texts, ...others]
  if (parts.length === 0 && structured !== undefined) parts.push(written(structured, 'structured content, '))
  return cap(clean(parts.join('\n')), maxCharacters)
}

const words = z.string().optional().catch(undefined)
const mediaSchema = z.object({ mimeType: words, data: words })
const linkSchema = z.object({ name: words, description: words, uri: words, mimeType: words })
const resourceSchema = z.object({
  resource: z.object({ uri: words, mimeType: words, text: words, blob: words }).catch({}),
})

function inWords(block: ContentBlock): string {
  if (block.type === 'resource_link') {
    const { name, description, uri, mimeType } = linkSchema.parse(block)
    return told('link to a resource', name, description, uri, mimeType)
  }
  if (block.type === 'resource') {
    const { uri, mimeType, text, blob } = resourceSchema.parse(block).resource
    const what = told('resource', uri, mimeType, sizeOf(blob))
    return text === undefined ? what : `${what}\n${text}`
  }
  const { mimeType, data } = mediaSchema.parse(block)
  return told(block.type, mimeType, sizeOf(data))
}

function told(what: string, ...facts: (string | undefined)[]): string {
  return `[${[what, ...facts].flatMap((fact) => oneLine(fact ?? '') || []).join(', ')}]`
}

/** Of what is in Base64. */
function sizeOf(data: string | undefined): string | undefined {
  if (data === undefined) return undefined
  const bytes = Buffer.byteLength(data, 'base64')
  if (bytes < 1_000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`
}
