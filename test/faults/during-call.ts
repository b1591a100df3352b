import { answerFaults } from './during-call/answer.ts'
import type { CallFault } from './during-call/fault.ts'
import { httpFaults } from './during-call/http.ts'
import { modernFaults } from './during-call/modern.ts'
import { processFaults } from './during-call/process.ts'

export const callFaults: readonly CallFault[] = [
  ...processFaults,
  ...answerFaults,
  ...httpFaults,
  ...modernFaults,
]
