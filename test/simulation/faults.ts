/** What a simulated server can have. Each holds until it is lifted, unless its words say otherwise. */
export const faults = {
  crash: 'its process dies, and another one can be started at once',
  down: 'its process dies, and none can be started',
  stopped: 'it does nothing, and goes on later where it was',
  slow: 'everything takes it fifty times as long',
  mute: 'it runs tools and does not answer',
  cut: 'each answer breaks off, whether its tool ran or not',
  overloaded: 'it refuses calls',
  amnesia: 'it has forgotten our session at each call',
  unauthorized: 'it refuses our credentials',
  broken: 'its process dies, and no retry can help',
  garbled: 'answers cannot be read',
  'no events': 'its stream of events ends',
  'no pongs': 'it answers calls and no pings',
  'slow start': 'it takes longer to start than it may',
  'other tools': 'it lists fewer tools',
  'bug in connection': 'the connection actor throws when it is started',
  'bug in server actor': 'its server actor throws, once',
  'bug in call actor': 'a call actor throws where it judges an event, once',
  'bug in call start': 'a call actor throws in its first step, once',
  'bug in waiting call': 'a call actor that has waited throws, once',
  'bug in call action': 'a call actor throws where it tells its server something, once',
  'bug in call report': 'a call actor throws before or after it tells its outcome, once',
} as const

export type Fault = keyof typeof faults

export const faultNames = Object.keys(faults).filter((name): name is Fault => name in faults)

/** How often each strikes, beside the others. */
export const faultWeights: Readonly<Record<Fault, number>> = {
  crash: 8,
  down: 6,
  stopped: 8,
  slow: 4,
  mute: 4,
  cut: 6,
  overloaded: 3,
  amnesia: 4,
  unauthorized: 2,
  broken: 2,
  garbled: 4,
  'no events': 4,
  'no pongs': 4,
  'slow start': 3,
  'other tools': 4,
  'bug in connection': 3,
  'bug in server actor': 4,
  'bug in call actor': 2,
  'bug in call start': 2,
  'bug in waiting call': 2,
  'bug in call action': 2,
  'bug in call report': 2,
}
