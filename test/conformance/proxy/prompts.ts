import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  type PromptMessage,
} from '@modelcontextprotocol/sdk/types.js'
import { image, resourceOf, textOf } from './contents.ts'

interface Prompt {
  takes?: string[]
  says: (given: Record<string, string>) => PromptMessage['content'][]
}

const prompts: Record<string, Prompt> = {
  test_simple_prompt: { says: () => [textOf('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    takes: ['arg1', 'arg2'],
    says: ({ arg1, arg2 }) => [textOf(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    takes: ['resourceUri'],
    says: ({ resourceUri = '' }) => [
      resourceOf(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
      textOf('Please process the embedded resource above.'),
    ],
  },
  test_prompt_with_image: { says: () => [image, textOf('Please analyze the image above.')] },
}

/** Prompts and completions, as the suite describes them. */
export function offerPrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: Object.entries(prompts).map(([name, { takes = [] }]) => ({
      name,
      description: `What the conformance suite calls ${name}.`,
      arguments: takes.map((argument) => ({ name: argument, required: true })),
    })),
  }))
  server.setRequestHandler(GetPromptRequestSchema, ({ params: { name, arguments: given = {} } }) => {
    const prompt = prompts[name]
    if (!prompt) throw new Error(`no prompt ${name}`)
    return { messages: prompt.says(given).map((content) => ({ role: 'user' as const, content })) }
  })
  server.setRequestHandler(CompleteRequestSchema, ({ params }) => ({
    completion: { values: [`${params.argument.value}Value1`], total: 1, hasMore: false },
  }))
}
