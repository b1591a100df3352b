export type { ArrangedFault, CallFault, Fault, FaultKind, RequestFault } from './fault-server/faults.ts'
export type { ReceivedCall } from './fault-server/ledger.ts'
export { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server/start.ts'
export type { FaultServerTool, ToolAnswer, ToolRun } from './fault-server/tools.ts'
