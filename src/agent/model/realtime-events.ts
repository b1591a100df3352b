import type { realtime } from '@livekit/agents-plugin-openai'
import { z } from 'zod'

type PluginItemCreate = Extract<realtime.ClientEvent, { type: 'conversation.item.create' }>

/** The plugin sends these too, and does not say so. */
interface CallItem {
  id?: string
  type: 'function_call'
  call_id: string
  name: string
  arguments: string
}

export type ItemCreate = Omit<PluginItemCreate, 'item'> & { item: PluginItemCreate['item'] | CallItem }
export type ClientEvent = Exclude<realtime.ClientEvent, PluginItemCreate> | ItemCreate
export type ResponseCreate = Extract<ClientEvent, { type: 'response.create' }>

const errorSchema = z.looseObject({
  type: z.string().nullish(),
  code: z.string().nullish(),
  message: z.string(),
  param: z.string().nullish(),
  event_id: z.string().nullish(),
})

const itemSchema = z.looseObject({
  id: z.string().optional(),
  type: z.string().optional(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  arguments: z.string().optional(),
})

const serverEventSchema = z.looseObject({
  type: z.string(),
  error: errorSchema.optional(),
  item: itemSchema.optional(),
  item_id: z.string().optional(),
  response_id: z.string().optional(),
  response: z
    .looseObject({
      id: z.string().optional(),
      metadata: z.looseObject({ client_event_id: z.string().optional() }).nullish(),
    })
    .optional(),
  session: z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })).optional() }).optional(),
})

/** What the endpoint said, as far as it is read here. */
export type ServerEvent = z.infer<typeof serverEventSchema>
export type EndpointError = z.infer<typeof errorSchema>

/** Undefined for what has another shape: the plugin deals with it. */
export function readServerEvent(event: unknown): ServerEvent | undefined {
  return serverEventSchema.safeParse(event).data
}

/** The plugin's pushes of tools have an id of their own. */
export function isToolsUpdate(event: ClientEvent): boolean {
  return event.type === 'session.update' && event.event_id?.startsWith('tools_update_') === true
}
