import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { askInRoom, type DataRoom, pageRoomOf, pageTopic } from '../../src/agent/worker/pages.ts'
import type { Question } from '../../src/index.ts'

const url = 'https://bank.example/sign-in'

function pageOf(signal = new AbortController().signal): Question {
  const facts = { id: 'q1', server: 'bank', function: 'pay', message: 'Please sign in', signal }
  return { ...facts, mode: 'url', url }
}

/** Both ways of a room: what it was sent, and what is said to whoever listens. */
class TestRoom {
  readonly sent: unknown[] = []
  readonly #listeners = new Set<(message: Uint8Array) => void>()

  constructor(private readonly refusal?: string) {}

  get listenerCount(): number {
    return this.#listeners.size
  }

  readonly publish = async (message: Uint8Array) => {
    if (this.refusal !== undefined) throw new Error(this.refusal)
    this.sent.push(JSON.parse(new TextDecoder().decode(message)))
  }

  readonly subscribe = (listener: (message: Uint8Array) => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  say(text: string): void {
    for (const listener of [...this.#listeners]) listener(new TextEncoder().encode(text))
  }
}

describe('a page that a server wants visited', () => {
  test.each([
    ['accept', { action: 'accept', content: {} }],
    ['decline', { action: 'decline' }],
    ['cancel', { action: 'cancel' }],
  ])('is told to the caller, whose answer is taken: %s', async (action, answer) => {
    const room = new TestRoom()
    const asked = askInRoom(room)(pageOf())
    room.say(JSON.stringify({ questionId: 'q1', action, url: 'ignored' }))
    room.say(JSON.stringify({ questionId: 'q1', action: 'decline' }))
    expect(await asked).toEqual(answer)
    expect(room.sent).toEqual([{ questionId: 'q1', server: 'bank', message: 'Please sign in', url }])
    expect(room.listenerCount).toBe(0)
  })

  test('is not answered by what is no answer to it', async () => {
    const room = new TestRoom()
    const asked = askInRoom(room)(pageOf())
    const others = [
      ...['no JSON', 'null', '{"action":"accept"}', '{"questionId":"q2","action":"accept"}'],
      '{"questionId":"q1","action":"yes"}',
    ]
    for (const other of others) room.say(other)
    expect(room.listenerCount).toBe(1)
    room.say('{"questionId":"q1","action":"decline"}')
    expect(await asked).toEqual({ action: 'decline' })
  })

  test.each(['before', 'after'])('is given up when nobody waits any more, %s it was told', async (when) => {
    const room = new TestRoom()
    const controller = new AbortController()
    if (when === 'before') controller.abort('withdrawn')
    const asked = askInRoom(room)(pageOf(controller.signal))
    controller.abort('timed_out')
    expect(await asked).toEqual({ action: 'cancel' })
    expect([room.sent.length, room.listenerCount]).toEqual([when === 'before' ? 0 : 1, 0])
  })

  test('is not waited for where it cannot be told', async () => {
    const room = new TestRoom('nobody is there')
    await expect(askInRoom(room)(pageOf())).rejects.toThrow('nobody is there')
    expect(room.listenerCount).toBe(0)
  })

  test('is all that is told: forms are asked aloud', async () => {
    const room = new TestRoom()
    const { signal } = new AbortController()
    const facts = { id: 'q1', server: 'bank', function: 'pay', message: 'Which seat?', signal }
    expect(await askInRoom(room)({ ...facts, mode: 'form', schema: {} })).toEqual({ action: 'cancel' })
    expect(room.sent).toEqual([])
  })
})

test('in a room it is between the agent and the caller, whoever else is there', async () => {
  const sent: unknown[] = []
  const said = new EventEmitter()
  const room: DataRoom = {
    localParticipant: { publishData: async (_, options) => void sent.push(options) },
    on: (event, listener) => said.on(event, listener),
    off: (event, listener) => said.off(event, listener),
  }
  let caller: string | undefined
  const ask = askInRoom(pageRoomOf(room, () => caller))
  await expect(ask(pageOf())).rejects.toThrow('no caller is in the room')
  caller = 'bob'

  const asked = ask(pageOf())
  const answer = (action: string) => new TextEncoder().encode(JSON.stringify({ questionId: 'q1', action }))
  said.emit('dataReceived', answer('accept'), { identity: 'mallory' }, 0, pageTopic)
  said.emit('dataReceived', answer('accept'), undefined, 0, pageTopic)
  said.emit('dataReceived', answer('accept'), { identity: 'bob' }, 0, 'chat')
  said.emit('dataReceived', answer('decline'), { identity: 'bob' }, 0, pageTopic)
  expect(await asked).toEqual({ action: 'decline' })
  expect(sent).toEqual([{ reliable: true, topic: pageTopic, destination_identities: ['bob'] }])
  expect(said.listenerCount('dataReceived')).toBe(0)
})
