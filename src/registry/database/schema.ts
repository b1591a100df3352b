/** The tables. After a change: `npm run migration`, and look at the SQL that it writes. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  index,
  integer,
  json,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { ServerState } from '../../contract/protocol.ts'
import type { GrantFacts, KeyRole } from '../store.ts'
import type { Template, ToolChoice } from '../wire.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

/**
 * Lists are `json`, not `jsonb`, since nothing looks into them, and since `json` keeps what strangers' servers name with a NUL
 * or half a surrogate pair. What is called `sealed…` is encrypted.
 */
export const servers = pgTable(
  'servers',
  {
    id: uuid('id').primaryKey(),
    userId: text('user_id').notNull(),
    /** Among the user's. */
    position: integer('position').notNull(),
    name: text('name').notNull(),
    url: text('url').notNull(),
    enabled: boolean('enabled').notNull(),
    /** Not a foreign key: a server outlives its template. */
    templateId: uuid('template_id'),
    tools: json('tools').$type<ToolChoice>().notNull(),
    headerNames: json('header_names').$type<string[]>().notNull(),
    sealedHeaders: text('sealed_headers'),
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    unique('servers_user_id_name').on(table.userId, table.name),
    index('servers_user_id_position').on(table.userId, table.position, table.id),
  ],
)

const serverId = () =>
  uuid('server_id')
    .primaryKey()
    .references(() => servers.id, { onDelete: 'cascade' })

/** Apart from the servers, since they are written all the time. */
export const observations = pgTable('observations', {
  serverId: serverId(),
  status: text('status').$type<ServerState>().notNull(),
  since: moment('since').notNull(),
  at: moment('at').notNull(),
  from: text('from').$type<'test' | 'call'>().notNull(),
  problem: text('problem'),
  functions: json('functions').$type<string[]>().notNull(),
})

/** Not counted by the grant, so that a version never comes again after a grant was forgotten. */
export const grantVersions = pgSequence('grant_versions')

export const grants = pgTable(
  'grants',
  {
    serverId: serverId(),
    userId: text('user_id').notNull(),
    state: text('state').$type<GrantFacts['state']>().notNull(),
    issuer: text('issuer'),
    clientId: text('client_id'),
    redirectUri: text('redirect_uri'),
    resource: text('resource'),
    scopes: json('scopes').$type<string[]>().notNull(),
    wantedScopes: json('wanted_scopes').$type<string[]>().notNull(),
    deniedScopes: json('denied_scopes').$type<string[]>().notNull(),
    sealedAccessToken: text('sealed_access_token'),
    sealedRefreshToken: text('sealed_refresh_token'),
    expiresAt: moment('expires_at'),
    version: integer('version').notNull(),
    /** Who refreshes now, and until when nobody else may. */
    leaseHolder: text('lease_holder'),
    leaseUntil: moment('lease_until'),
  },
  (table) => [
    index('grants_expires_at').on(table.expiresAt).where(sql`${table.sealedRefreshToken} is not null`),
  ],
)

export const oauthClients = pgTable(
  'oauth_clients',
  {
    issuer: text('issuer').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    clientId: text('client_id').notNull(),
    sealedClientSecret: text('sealed_client_secret'),
    tokenEndpointAuthMethod: text('token_endpoint_auth_method').notNull(),
    expiresAt: moment('expires_at'),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.redirectUri] })],
)

export const flows = pgTable(
  'flows',
  {
    stateHash: text('state_hash').primaryKey(),
    bindingHash: text('binding_hash').notNull(),
    userId: text('user_id').notNull(),
    serverId: uuid('server_id')
      .notNull()
      .references(() => servers.id, { onDelete: 'cascade' }),
    issuer: text('issuer').notNull(),
    clientId: text('client_id').notNull(),
    redirectUri: text('redirect_uri').notNull(),
    resource: text('resource').notNull(),
    scopes: json('scopes').$type<string[]>().notNull(),
    sealedCodeVerifier: text('sealed_code_verifier').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('flows_server_id').on(table.serverId), index('flows_expires_at').on(table.expiresAt)],
)

export const templates = pgTable('templates', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull().unique('templates_name'),
  description: text('description').notNull(),
  url: text('url').notNull(),
  needs: json('needs').$type<Template['needs']>().notNull(),
})

export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull().unique('api_keys_name'),
  role: text('role').$type<KeyRole>().notNull(),
  /** SHA-256, hexadecimal. */
  hash: text('hash').notNull().unique('api_keys_hash'),
  createdAt: moment('created_at').notNull(),
})

export const auditLines = pgTable(
  'audit_lines',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: moment('at').notNull(),
    actor: text('actor').notNull(),
    userId: text('user_id'),
    action: text('action').notNull(),
    subject: text('subject'),
    details: json('details').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index('audit_lines_user_id').on(table.userId, table.id)],
)
