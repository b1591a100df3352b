/** Tools that say for whom they work: the answer carries the server's own credential, and what was asked carries its owner. */
const text = (value) => ({ content: [{ type: 'text', text: value }] })
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) })
const inputSchema = object({ owner: { type: 'string' }, number: { type: 'integer' } })

const answer = ({ owner, number }) => text(`${process.env.CREDENTIAL} ${owner} ${number}`)

/** A server's own words may not carry its credential: it would be hidden. */
const tellProgress = ({ owner, number }, host) => host.progress(1, 2, `${owner} ${number}`)

export const markedTools = {
  marked_look: {
    inputSchema,
    annotations: { readOnlyHint: true },
    run: async (args, host) => {
      await tellProgress(args, host)
      return answer(args)
    },
  },
  /** Tells progress, and never answers. */
  marked_wait: {
    inputSchema,
    annotations: { readOnlyHint: true },
    run: async (args, host) => {
      await tellProgress(args, host)
      return new Promise(() => {})
    },
  },
  marked_delete: {
    inputSchema,
    annotations: { destructiveHint: true },
    run: answer,
  },
  /** Answers with what it was told. */
  marked_ask: {
    inputSchema,
    run: async ({ owner, number }, host) => {
      const requestedSchema = object({ word: { type: 'string' } })
      const message = `${owner} ${number}?`
      const asked = host.ask('elicitation/create', { message, requestedSchema }, 'answer')
      const { content } = await asked.answer
      return answer({ owner: content?.word, number })
    },
  },
}
