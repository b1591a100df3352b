import type { FunctionInfo, Tool } from '../contract/protocol.ts'

/** Offered while a server is whose resources may be read. */
export const readResource: FunctionInfo = {
  name: 'read_resource',
  description:
    'Reads what the result of a function refers to as [link to a resource, …], or what a server lists as its resource.',
  inputSchema: {
    type: 'object',
    properties: { uri: { type: 'string', description: 'exactly as it stands there' } },
    required: ['uri'],
    additionalProperties: false,
  },
  servers: [],
  callable: true,
}

const { name, description, inputSchema } = readResource
const reading: Tool = { name, description, inputSchema, annotations: { readOnlyHint: true }, hash: '' }

/** What a server is asked for in the place of a tool. It has named this resource itself in this conversation. */
export const linkedResource: Tool = { ...reading }
/** The same, if the server lists the resource. */
export const listedResource: Tool = { ...reading }

export function isReading(tool: Tool): boolean {
  return tool === linkedResource || tool === listedResource
}
