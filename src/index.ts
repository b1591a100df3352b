export { type AuditEntry, type AuditOptions, type AuditWriter, auditTo } from './audit.ts'
export { type ConfigurationProblem, SwitchboardError } from './contract/errors.ts'
export type { PolicyOptions } from './contract/policy.ts'
export type {
  Attempt,
  CallError,
  CallOptions,
  ContentBlock,
  Conversation,
  DueQuestion,
  Effect,
  ErrorCode,
  FunctionDetails,
  FunctionInfo,
  JsonObject,
  LogLevel,
  LogMessage,
  Outcome,
  Peer,
  Progress,
  Question,
  QuestionAnswer,
  QuestionEnd,
  RejectedTool,
  ServerState,
  ServerStatus,
  SilenceSituation,
  SwitchboardEvent,
} from './contract/protocol.ts'
export type {
  ChosenPrompt,
  Prompt,
  ReadOptions,
  ReadOutcome,
  ReadRequest,
  ReadResult,
  Resource,
  ResourceTemplate,
  ServerInstructions,
} from './contract/reads.ts'
export type {
  Credentials,
  Refusal,
  RefusalAnswer,
  RenewingCredentials,
  UserServer,
  UserServers,
} from './contract/user-servers.ts'
export type { EgressPolicy } from './egress/policy.ts'
export type { GivenCredentials } from './switchboard/given-credentials.ts'
export {
  type ConversationOptions,
  createSwitchboard,
  type ServersSource,
  type Switchboard,
  type SwitchboardOptions,
} from './switchboard.ts'
