import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type TurnOutcome, TurnTracker } from '../../src/rehearsal/call/turn-tracker.ts'

const patience = { replyMs: 1_000, notUnderstoodMs: 200, transcriptMs: 300, turnMs: 60_000 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** A turn, and its outcome as soon as there is one. */
function turn(spoken = true) {
  const tracker = new TurnTracker({ spoken, patience })
  const seen: { outcome?: TurnOutcome } = {}
  void tracker.ended.then((outcome) => {
    seen.outcome = outcome
  })
  /** Lets time pass, and promises settle. */
  const after = async (durationMs: number): Promise<TurnOutcome | undefined> => {
    await vi.advanceTimersByTimeAsync(durationMs)
    return seen.outcome
  }
  return { tracker, after }
}

function speak(tracker: TurnTracker, heard: string): void {
  tracker.callerSpeaking(true)
  tracker.callerFinished()
  tracker.callerSpeaking(false)
  tracker.transcribed(heard)
}

test('ends with the answer, and not between the call of a tool and the answer', async () => {
  const { tracker, after } = turn()
  speak(tracker, 'search for socks')
  tracker.speechCreated('calling')
  expect(await after(30_000)).toBeUndefined()
  tracker.speechCreated('answering')
  tracker.speechEnded('calling')
  expect(await after(10_000)).toBeUndefined()
  tracker.agentSaid('I found three pages.')
  tracker.speechEnded('answering')
  expect(await after(0)).toEqual({
    heard: 'search for socks',
    answered: ['I found three pages.'],
    timedOut: false,
  })
})

test('waits a little for a transcript that comes after the answer', async () => {
  const { tracker, after } = turn()
  tracker.callerSpeaking(true)
  tracker.callerFinished()
  tracker.callerSpeaking(false)
  tracker.speechCreated('answering')
  tracker.agentSaid('Hello.')
  tracker.speechEnded('answering')
  expect(await after(299)).toBeUndefined()
  tracker.transcribed('hello')
  expect(await after(0)).toEqual({ heard: 'hello', answered: ['Hello.'], timedOut: false })
})

test('does not take the answer to half a sentence for the answer', async () => {
  const { tracker, after } = turn()
  tracker.callerSpeaking(true)
  tracker.callerSpeaking(false)
  tracker.transcribed('search for')
  tracker.speechCreated('first')
  tracker.callerSpeaking(true)
  tracker.speechEnded('first')
  tracker.callerFinished()
  tracker.callerSpeaking(false)
  tracker.transcribed('socks')
  expect(await after(900)).toBeUndefined()
  tracker.speechCreated('second')
  tracker.agentSaid('Found.')
  tracker.speechEnded('second')
  expect(await after(0)).toEqual({ heard: 'search for socks', answered: ['Found.'], timedOut: false })
})

test('ends soon when nothing was understood and the agent stays silent', async () => {
  const { tracker, after } = turn()
  speak(tracker, '')
  expect(await after(199)).toBeUndefined()
  expect(await after(1)).toEqual({ heard: '', answered: [], timedOut: false })
})

test('has the question of an agent that did not understand', async () => {
  const { tracker, after } = turn()
  speak(tracker, '')
  tracker.speechCreated('asking')
  tracker.agentSaid('Sorry?')
  tracker.speechEnded('asking')
  expect(await after(0)).toEqual({ heard: '', answered: ['Sorry?'], timedOut: false })
})

test.each([
  ['nothing was heard', () => {}],
  ['nothing was answered', (tracker: TurnTracker) => speak(tracker, 'hello')],
])('times out when %s', async (_, happens) => {
  const { tracker, after } = turn()
  happens(tracker)
  tracker.callerFinished()
  expect(await after(999)).toBeUndefined()
  expect(await after(1)).toMatchObject({ answered: [], timedOut: true })
})

test('times out when a speech never ends', async () => {
  const { tracker, after } = turn()
  speak(tracker, 'hello')
  tracker.speechCreated('stuck')
  expect(await after(60_000)).toEqual({ heard: 'hello', answered: [], timedOut: true })
})

test('a typed turn needs no transcript', async () => {
  const { tracker, after } = turn(false)
  tracker.speechCreated('answering')
  tracker.callerFinished()
  tracker.agentSaid('Hello.')
  tracker.speechEnded('answering')
  expect(await after(0)).toEqual({ heard: '', answered: ['Hello.'], timedOut: false })
})

test('that is given up ends nothing and leaves no timer', async () => {
  const { tracker, after } = turn()
  speak(tracker, 'hello')
  tracker.dispose()
  expect(await after(120_000)).toBeUndefined()
})
