import { ReadableStream, type ReadableStreamDefaultReader } from 'node:stream/web'
import type { llm } from '@livekit/agents'

/**
 * The same messages, of which a reader may leave one in the middle, as one does when the caller interrupts. What is left is read
 * to its end and dropped: the plugin writes on, and ended the process where nobody could take it any more.
 */
export function lastingMessages(
  messages: ReadableStream<llm.MessageGeneration>,
): ReadableStream<llm.MessageGeneration> {
  return lasting(messages, (message) => ({
    ...message,
    textStream: lasting(message.textStream, (text) => text),
    audioStream: lasting(message.audioStream, (frame) => frame),
  }))
}

function lasting<Item>(source: ReadableStream<Item>, map: (item: Item) => Item): ReadableStream<Item> {
  const reader = source.getReader()
  return new ReadableStream<Item>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(map(value))
      },
      cancel: () => void drain(reader),
    },
    { highWaterMark: 0 },
  )
}

async function drain(reader: ReadableStreamDefaultReader<unknown>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // It failed, which is an end too.
  }
}
