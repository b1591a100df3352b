/**
 * Tools that can be asked for aloud, with `--spoken`. Each answers once a file of its own name appears: a test says how long
 * it takes.
 */
import { fileAppears } from './notes.mjs'

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) })
const oneOf = (...examples) => ({ type: 'string', examples })

const tool = (name, properties, annotations, answer) => [
  name,
  {
    inputSchema: object(properties),
    annotations,
    run: async (args, host) => {
      await fileAppears(host.directory, name)
      return text(answer(args))
    },
  },
]

export const spokenTools = Object.fromEntries([
  tool(
    'search_web',
    { query: oneOf('state machines', 'breaking news') },
    { readOnlyHint: true },
    ({ query }) => `I found two pages about ${query}.`,
  ),
  tool(
    'send_email',
    { to: oneOf('carol', 'the whole team') },
    { readOnlyHint: false },
    ({ to }) => `The mail to ${to} is on its way.`,
  ),
  tool(
    'delete_account',
    { owner: oneOf('carol', 'the whole team') },
    { destructiveHint: true },
    ({ owner }) => `The account of ${owner} is gone.`,
  ),
  tool('book_seat', {}, { readOnlyHint: true }, () => 'unused'),
])

/** Asks the caller for the seat, and says what it got. */
spokenTools.book_seat.run = async (_, host) => {
  const asked = host.ask(
    'elicitation/create',
    {
      message: 'Which seat do you want?',
      requestedSchema: object({ seat: { type: 'string', enum: ['window', 'aisle'] } }),
    },
    'answer',
  )
  const { action, content } = await asked.answer
  await fileAppears(host.directory, 'book_seat')
  return text(
    action === 'accept' ? `You have a seat at the ${content.seat}.` : `No seat was booked, after ${action}.`,
  )
}
