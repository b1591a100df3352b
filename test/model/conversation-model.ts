import { type EventFromLogic, type StateValueFrom, setup } from 'xstate'
import type { ServerState } from '../../src/index.ts'

type ConversationModelEvent = {
  type:
    | 'the caller asks to charge'
    | 'the caller asks to look'
    | 'the caller asks for nonsense'
    | 'the caller asks in a hurry'
    | 'the caller interrupts'
    | 'the charge is cancelled'
    | 'the look is cancelled'
    | 'the server answers'
    | 'the server dies and is replaced'
    | 'the server goes away'
    | 'the server comes back'
    | 'the conversation ends'
    | 'the switchboard stops'
}

/** `charge` must not be done twice; `look` only reads, and the configuration takes its server's word for that. */
export type Tool = 'charge' | 'look'

/** How a call ended: `ok`, or code and effect; how often it went out and ran; whether listeners heard of it. */
export interface Ending {
  tool: Tool
  ends: string
  ran: number
  heard: boolean
}

const charge = (ends: string, ran: number, heard = true): Ending => ({ tool: 'charge', ends, ran, heard })
const look = (ends: string, ran: number): Ending => ({ tool: 'look', ends, ran, heard: true })

const conversationSetup = setup({
  types: {
    /** Of those calls that the last event has ended. */
    context: {} as { endings: readonly Ending[] },
    events: {} as ConversationModelEvent,
  },
})

const to = <Target extends string>(target: Target, ...endings: Ending[]) => ({
  target,
  actions: conversationSetup.assign({ endings }),
})

const refused = charge('server_unavailable, none', 0, false)
const cancelled = 'cancelled, unknown'
const notSent = 'cancelled, none'
const lost = 'connection_lost, unknown'

/** What the end of a conversation, and that of everything, do to the calls that are open. */
const finish = (...endings: Ending[]) => ({
  'the conversation ends': to('ended', ...endings),
  'the switchboard stops': to('stopped', ...endings),
})

/** One conversation with one server, and at most one call of each tool. Each call runs until the server is told to answer. */
export const conversationSeenFromOutside = conversationSetup.createMachine({
  context: { endings: [] },
  initial: 'quiet',
  states: {
    quiet: {
      on: {
        'the caller asks to charge': to('charging'),
        'the caller asks to look': to('looking'),
        'the caller asks for nonsense': to('quiet', charge('invalid_arguments, none', 0)),
        'the server dies and is replaced': to('quiet'),
        'the server goes away': to('away'),
        ...finish(),
      },
    },
    charging: {
      on: {
        'the caller asks to look': to('charging and looking'),
        'the caller interrupts': to('charging'),
        'the charge is cancelled': to('quiet', charge(cancelled, 1)),
        'the server answers': to('quiet', charge('ok', 1)),
        'the server dies and is replaced': to('quiet', charge(lost, 1)),
        'the server goes away': to('away', charge(lost, 1)),
        ...finish(charge(cancelled, 1)),
      },
    },
    looking: {
      on: {
        'the caller asks to charge': to('charging and looking'),
        'the caller interrupts': to('quiet', look(cancelled, 1)),
        'the look is cancelled': to('quiet', look(cancelled, 1)),
        'the server answers': to('quiet', look('ok', 1)),
        'the server dies and is replaced': to('looking again'),
        ...finish(look(cancelled, 1)),
      },
    },
    'looking again': {
      on: {
        'the caller interrupts': to('quiet', look(cancelled, 2)),
        'the server answers': to('quiet', look('ok', 2)),
        'the server dies and is replaced': to('looking for the last time'),
        ...finish(look(cancelled, 2)),
      },
    },
    /** A call that kills every server must not meet them all. */
    'looking for the last time': {
      on: {
        'the server answers': to('quiet', look('ok', 3)),
        'the server dies and is replaced': to('quiet', look(lost, 3)),
        ...finish(look(cancelled, 3)),
      },
    },
    'charging and looking': {
      on: {
        'the caller interrupts': to('charging', look(cancelled, 1)),
        'the charge is cancelled': to('looking', charge(cancelled, 1)),
        'the server answers': to('quiet', charge('ok', 1), look('ok', 1)),
        'the server dies and is replaced': to('looking again', charge(lost, 1)),
        ...finish(charge(cancelled, 1), look(cancelled, 1)),
      },
    },
    away: {
      on: {
        'the caller asks to charge': to('waiting to charge'),
        'the caller asks to look': to('waiting to look'),
        'the caller asks in a hurry': to('away', charge('server_unavailable, none', 0)),
        'the server comes back': to('quiet'),
        ...finish(),
      },
    },
    'waiting to charge': {
      on: {
        'the caller interrupts': to('waiting to charge'),
        'the charge is cancelled': to('away', charge(notSent, 0)),
        'the server comes back': to('charging'),
        ...finish(charge(notSent, 0)),
      },
    },
    'waiting to look': {
      on: {
        'the caller interrupts': to('away', look(notSent, 0)),
        'the server comes back': to('looking'),
        ...finish(look(notSent, 0)),
      },
    },
    ended: {
      on: { 'the caller asks to charge': to('ended', refused), 'the switchboard stops': to('stopped') },
    },
    stopped: {
      on: { 'the caller asks to charge': to('stopped', refused) },
    },
  },
})

export type ConversationModelState = StateValueFrom<typeof conversationSeenFromOutside>
export type ConversationModelEventName = EventFromLogic<typeof conversationSeenFromOutside>['type']

export interface Seen {
  /** Nothing where it is as it was before. */
  server?: ServerState
  /** The calls without an outcome, and how often each went out and ran. */
  open: Partial<Record<Tool, number>>
}

export const seenIn: Record<ConversationModelState, Seen> = {
  quiet: { server: 'ready', open: {} },
  charging: { server: 'ready', open: { charge: 1 } },
  looking: { server: 'ready', open: { look: 1 } },
  'looking again': { server: 'ready', open: { look: 2 } },
  'looking for the last time': { server: 'ready', open: { look: 3 } },
  'charging and looking': { server: 'ready', open: { charge: 1, look: 1 } },
  away: { server: 'reconnecting', open: {} },
  'waiting to charge': { server: 'reconnecting', open: { charge: 0 } },
  'waiting to look': { server: 'reconnecting', open: { look: 0 } },
  ended: { open: {} },
  stopped: { server: 'closed', open: {} },
}
