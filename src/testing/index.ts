export { assertCalls, assertExecutions, type ExpectedCall, type InTurn } from './assertions/calls.ts'
export {
  assertFailuresTold,
  assertHonest,
  assertNothingClaimed,
  type HonestyOptions,
} from './assertions/honesty.ts'
export { assertOutcome, type ExpectedOutcome } from './assertions/outcome.ts'
export { assertNotSaid, assertSaid, assertSilenceBelow } from './assertions/said.ts'
export { englishWords, type HonestyWords } from './assertions/words.ts'
export { describeCall } from './describe.ts'
export type { ArrangedFault, CallFault, Fault, FaultKind, RequestFault } from './fault-server/faults.ts'
export type { ReceivedCall } from './fault-server/ledger.ts'
export { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server/start.ts'
export type { FaultServerTool, ToolAnswer, ToolRun } from './fault-server/tools.ts'
export type { Agent, AgentMaker, RehearseCallOptions, ScriptedTurn } from './rehearsed-call/options.ts'
export { rehearseCall } from './rehearsed-call/rehearse-call.ts'
export type {
  ModelCall,
  RehearsedCall,
  RehearsedTurn,
  SaidByAgent,
  SwitchboardCall,
} from './rehearsed-call/result.ts'
