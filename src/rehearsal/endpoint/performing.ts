import type { RehearsalFact } from '../events.ts'
import type { Step } from './decide.ts'
import { type Item, newCall } from './items.ts'
import type { Response } from './responses.ts'
import { type Speaking, speak } from './speaking.ts'

export interface Performing extends Omit<Speaking, 'signal'> {
  /** Adds the item to the conversation and tells the client. */
  addItem(item: Item): void
  observe(fact: RehearsalFact): void
}

/** Carries out what was decided; stops where the response is cancelled. */
export async function perform(steps: Step[], response: Response, performing: Performing): Promise<void> {
  for (const step of steps) {
    if (response.signal.aborted) return
    if (step.type === 'call') call(step, response, performing)
    else await say(step.text, response, performing)
  }
}

async function say(text: string, response: Response, performing: Performing): Promise<void> {
  const place = { id: response.id, index: response.output.length }
  const item = await speak(text, place, { ...performing, signal: response.signal })
  response.output.push(item)
  const [content] = item.content
  const interrupted = item.status === 'incomplete'
  performing.observe({ type: 'said', text: content?.transcript ?? content?.text ?? '', interrupted })
}

function call(
  step: Extract<Step, { type: 'call' }>,
  response: Response,
  { send, addItem, observe }: Performing,
): void {
  const place = { response_id: response.id, output_index: response.output.length }
  const item = newCall(step.name, JSON.stringify(step.arguments))
  observe({ type: 'called', callId: item.call_id, function: step.name, arguments: step.arguments })
  send({
    type: 'response.output_item.added',
    ...place,
    item: { ...item, status: 'in_progress', arguments: '' },
  })
  addItem(item)
  send({
    type: 'response.function_call_arguments.done',
    ...place,
    item_id: item.id,
    call_id: item.call_id,
    name: item.name,
    arguments: item.arguments,
  })
  send({ type: 'response.output_item.done', ...place, item })
  response.output.push(item)
}
