/** A tool that asks its client: questions to the caller (`elicitation/create`), or anything else. */
import { fileAppears } from './notes.mjs'

export const askingTools = {
  /**
   * Sends `requests` (`method` is `elicitation/create` unless it says otherwise), one after the other or `together`, and
   * answers with what came back. Once `first` has appeared; takes its last one back once `withdraw` has; ends once `last` has.
   */
  ask: {
    inputSchema: {
      type: 'object',
      properties: {
        requests: { type: 'array', items: { type: 'object' } },
        together: { type: 'boolean' },
        /** The answer's own stream, or that of the events. */
        where: { enum: ['answer', 'events'] },
        ...{ first: { type: 'string' }, withdraw: { type: 'string' }, last: { type: 'string' } },
      },
      required: ['requests'],
    },
    run: async ({ requests, together, where = 'answer', first, withdraw, last }, host) => {
      const appears = (file) => (file === undefined ? undefined : fileAppears(host.directory, file))
      await appears(first)
      const answers = []
      const asked = []
      for (const { method = 'elicitation/create', params } of requests) {
        const one = host.ask(method, params, where)
        asked.push(one.answer)
        if (withdraw !== undefined) appears(withdraw).then(one.withdraw)
        if (!together) answers.push(await one.answer)
      }
      if (together) answers.push(...(await Promise.all(asked)))
      await appears(last)
      return { content: [{ type: 'text', text: JSON.stringify(answers) }] }
    },
  },
}
