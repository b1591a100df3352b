import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { image } from './contents.ts'

const text = {
  uri: 'test://static-text',
  mimeType: 'text/plain',
  text: 'This is the content of the static text resource.',
}
const binary = { uri: 'test://static-binary', mimeType: image.mimeType, blob: image.data }
const template = { uriTemplate: 'test://template/{id}/data', mimeType: 'application/json' }

/** As the suite describes them. */
export function offerResources(server: Server): void {
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [text, binary].map(({ uri, mimeType }) => ({ uri, mimeType, name: uri })),
  }))
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ ...template, name: template.uriTemplate }],
  }))
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const [fixed] = [text, binary].filter((one) => one.uri === uri)
    if (fixed) return { contents: [fixed] }
    const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? []
    if (id === undefined) throw new Error(`no resource ${uri}`)
    const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
    return { contents: [{ uri, mimeType: template.mimeType, text: data }] }
  })
}
