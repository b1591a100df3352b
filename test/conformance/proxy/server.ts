/** The server behind the proxy: what the conformance suite asks for, as it describes it. */
import { setTimeout as pause } from 'node:timers/promises'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ElicitResultSchema,
  ListToolsRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { audio, image, resourceOf, textOf } from './contents.ts'
import { choicesForm, defaultsForm } from './forms.ts'
import { offerPrompts } from './prompts.ts'
import { offerResources } from './resources.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>
type Tool = (extra: Extra, args: Record<string, unknown>) => CallToolResult | Promise<CallToolResult>

const text = (words: string): CallToolResult => ({ content: [textOf(words)] })

async function progress({ _meta, sendNotification }: Extra): Promise<CallToolResult> {
  const { progressToken = 0 } = _meta ?? {}
  for (const step of [0, 50, 100]) {
    const params = { progressToken, progress: step, total: 100, message: `${step} of 100` }
    await sendNotification({ method: 'notifications/progress', params })
    // As the suite describes it; progress that comes with the answer is of no use to anybody.
    await pause(50)
  }
  return text(String(progressToken))
}

async function logging(): Promise<CallToolResult> {
  for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
    await server.sendLoggingMessage({ level: 'info', data })
    await pause(50)
  }
  return text('It has logged.')
}

const asking =
  (form: object): Tool =>
  async ({ sendRequest }, { message = 'Please fill this in' }) => {
    const params = { message, requestedSchema: form }
    const request = { method: 'elicitation/create', params } as ServerRequest
    const { action, content = {} } = await sendRequest(request, ElicitResultSchema)
    return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
  }

const responseForm = {
  type: 'object',
  properties: { response: { type: 'string', description: 'What the user says' } },
  required: ['response'],
}

const tools: Record<string, Tool> = {
  test_simple_text: () => text('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [image] }),
  test_audio_content: () => ({ content: [audio] }),
  test_embedded_resource: () => ({
    content: [resourceOf('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      textOf('Multiple content types test:'),
      image,
      resourceOf('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => ({
    ...text('This tool intentionally returns an error for testing'),
    isError: true,
  }),
  test_tool_with_progress: progress,
  test_tool_with_logging: logging,
  test_elicitation: asking(responseForm),
  test_elicitation_sep1034_defaults: asking(defaultsForm),
  test_elicitation_sep1330_enums: asking(choicesForm),
}

const server = new Server(
  { name: 'conformance', version: '1' },
  { capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} } },
)
offerPrompts(server)
offerResources(server)
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: Object.keys(tools).map((name) => ({
    name,
    description: `What the conformance suite calls ${name}.`,
    inputSchema: { type: 'object', properties: {} },
    annotations: { readOnlyHint: true },
  })),
}))
server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
  const tool = tools[params.name]
  if (!tool) throw new Error(`no tool ${params.name}`)
  return tool(extra, params.arguments ?? {})
})
await server.connect(new StdioServerTransport())
