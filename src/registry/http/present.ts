import type { AuditLine, ServerRecord } from '../store.ts'
import type { AuditPage, Authorization, RegisteredServer } from '../wire.ts'

/** What somebody saw longer ago says nothing about now. */
const freshMs = 60_000

export function serverOf(record: ServerRecord, now: number): RegisteredServer {
  const { lastSeen, templateId } = record
  const isFresh = lastSeen !== undefined && now - lastSeen.at.getTime() < freshMs
  const isKnown = record.enabled && isFresh
  return {
    id: record.id,
    name: record.name,
    url: record.url,
    status: record.enabled ? (isFresh ? lastSeen.status : 'unknown') : 'disabled',
    ...(isKnown ? { statusSince: lastSeen.since.toISOString() } : {}),
    ...(lastSeen === undefined
      ? {}
      : {
          lastSeen: {
            ...{ status: lastSeen.status, at: lastSeen.at.toISOString(), from: lastSeen.from },
            ...(lastSeen.problem === undefined ? {} : { problem: lastSeen.problem }),
            functions: lastSeen.functions,
          },
        }),
    enabled: record.enabled,
    ...(templateId === undefined ? {} : { templateId }),
    authorization: authorizationOf(record),
    tools: record.tools,
    version: record.version,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  }
}

function authorizationOf({ grant, headerNames }: ServerRecord): Authorization {
  if (grant !== undefined) {
    const { state, issuer, scopes, expiresAt } = grant
    return {
      ...{ kind: 'oauth', state, scopes },
      ...(issuer === undefined ? {} : { issuer }),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    }
  }
  return headerNames.length > 0 ? { kind: 'headers', names: headerNames } : { kind: 'none' }
}

export function auditOf(lines: readonly AuditLine[]): AuditPage {
  return {
    lines: lines.map(({ at, actor, userId, action, subject, details }) => ({
      ...{ at: at.toISOString(), actor, action, details },
      ...(userId === undefined ? {} : { userId }),
      ...(subject === undefined ? {} : { subject }),
    })),
  }
}
