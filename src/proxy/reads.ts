import type { CallError, JsonObject } from '../contract/protocol.ts'
import { type Prompt, type ReadRequest, type ReadResult, readRequestSchema } from '../contract/reads.ts'
import type { Switchboard } from '../switchboard.ts'
import type { View } from './view.ts'

/** JSON-RPC, and MCP's own for a resource that is not there. */
const codes = { methodNotFound: -32_601, invalidParams: -32_602, internal: -32_603, noResource: -32_002 }

/** What a request is answered with that cannot be served. */
export class ReadFailure extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: Pick<CallError, 'code' | 'effect'>,
  ) {
    super(message)
  }
}

interface Place {
  server: string
  /** Of a prompt, at that server. */
  name: string
}

type Of<Method extends ReadRequest['method']> = Extract<ReadRequest, { method: Method }>

/**
 * Prompts, resources and completions of all servers that a client sees, as if they were one server's. A prompt whose name an
 * earlier server has is offered as `server__name`; a URI is the first server's that has it. A server that cannot be asked is
 * left out of lists.
 */
export class Reads {
  readonly #prompts = new Map<string, Place>()
  readonly #resources = new Map<string, string>()
  readonly #templates = new Map<string, string>()

  constructor(
    private readonly switchboard: Switchboard,
    private readonly view: View,
  ) {}

  /** A result of MCP. @throws ReadFailure */
  async answer(method: string, params: unknown, signal: AbortSignal): Promise<JsonObject> {
    const parsed = readRequestSchema.safeParse(Object.assign({}, params, { method }))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      if (issue?.path[0] === 'method') throw new ReadFailure(codes.methodNotFound, 'Method not found')
      throw new ReadFailure(codes.invalidParams, `${issue?.path.join('.')}: ${issue?.message}`)
    }
    const request = parsed.data
    switch (request.method) {
      case 'prompts/list':
        return { prompts: await this.#listPrompts(signal) }
      case 'prompts/get':
        return this.#getPrompt(request, signal)
      case 'resources/list':
        return { resources: await this.#listResources(signal) }
      case 'resources/templates/list':
        return { resourceTemplates: await this.#listTemplates(signal) }
      case 'resources/read':
        return this.#readResource(request, signal)
      case 'completion/complete':
        return this.#complete(request, signal)
    }
  }

  async #listPrompts(signal: AbortSignal): Promise<Prompt[]> {
    const listed = await this.#ofEach('prompts', { method: 'prompts/list' }, signal)
    return listed.flatMap(({ server, result }) => {
      if (!('prompts' in result)) return []
      return result.prompts.flatMap((prompt) => {
        const name = this.#offered(server, prompt.name)
        return name === undefined ? [] : { ...prompt, name }
      })
    })
  }

  /** The name under which it is offered, from now on; undefined where another server has both that it could have. */
  #offered(server: string, name: string): string | undefined {
    for (const offered of [name, `${server}__${name}`]) {
      const place = this.#prompts.get(offered)
      if (place && (place.server !== server || place.name !== name)) continue
      this.#prompts.set(offered, { server, name })
      return offered
    }
    return undefined
  }

  async #listResources(signal: AbortSignal) {
    const listed = await this.#ofEach('resources', { method: 'resources/list' }, signal)
    return listed.flatMap(({ server, result }) =>
      'resources' in result
        ? result.resources.filter(({ uri }) => isFirst(this.#resources, uri, server))
        : [],
    )
  }

  async #listTemplates(signal: AbortSignal) {
    const listed = await this.#ofEach('resources', { method: 'resources/templates/list' }, signal)
    return listed.flatMap(({ server, result }) =>
      'resourceTemplates' in result
        ? result.resourceTemplates.filter(({ uriTemplate }) => isFirst(this.#templates, uriTemplate, server))
        : [],
    )
  }

  async #getPrompt(request: Of<'prompts/get'>, signal: AbortSignal): Promise<ReadResult> {
    const { server, name } = await this.#placeOf(request.name, signal)
    return this.#read(server, { ...request, name }, signal)
  }

  async #placeOf(prompt: string, signal: AbortSignal): Promise<Place> {
    if (!this.#prompts.has(prompt)) await this.#listPrompts(signal)
    const place = this.#prompts.get(prompt)
    if (place) return place
    throw new ReadFailure(codes.invalidParams, `No server offers a prompt named ${prompt}.`)
  }

  /** Who does not list it may have it all the same: to ask does nothing. */
  async #readResource(request: Of<'resources/read'>, signal: AbortSignal): Promise<ReadResult> {
    const { uri } = request
    const known = this.#resources.get(uri)
    const servers = known === undefined ? this.view.offering('resources') : [known]
    for (const server of servers) {
      const outcome = await this.switchboard.read(server, request, { signal })
      if (outcome.ok) return outcome.result
      if (servers.length === 1 && outcome.error.code !== 'protocol_error') throw failed(outcome.error)
    }
    throw new ReadFailure(codes.noResource, `No server gives the resource ${uri}.`)
  }

  async #complete(request: Of<'completion/complete'>, signal: AbortSignal): Promise<ReadResult> {
    const { ref } = request
    if (ref.type === 'ref/prompt') {
      const { server, name } = await this.#placeOf(ref.name, signal)
      return this.#read(server, { ...request, ref: { ...ref, name } }, signal)
    }
    if (!this.#templates.has(ref.uri)) await this.#listTemplates(signal)
    const server = this.#templates.get(ref.uri)
    if (server !== undefined) return this.#read(server, request, signal)
    throw new ReadFailure(codes.invalidParams, `No server offers a resource template ${ref.uri}.`)
  }

  async #read(server: string, request: ReadRequest, signal: AbortSignal): Promise<ReadResult> {
    const outcome = await this.switchboard.read(server, request, { signal })
    if (outcome.ok) return outcome.result
    throw failed(outcome.error)
  }

  async #ofEach(capability: string, request: ReadRequest, signal: AbortSignal) {
    const outcomes = await Promise.all(
      this.view.offering(capability).map((server) => this.switchboard.read(server, request, { signal })),
    )
    return outcomes.filter((outcome) => outcome.ok)
  }
}

function failed({ code, effect, message }: CallError): ReadFailure {
  return new ReadFailure(codes.internal, message, { code, effect })
}

/** Whether it is this server's; whoever comes first has it. */
function isFirst(owners: Map<string, string>, key: string, server: string): boolean {
  const owner = owners.get(key)
  if (owner === undefined) owners.set(key, server)
  return owner === undefined || owner === server
}
