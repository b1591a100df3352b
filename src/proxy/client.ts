import { z } from 'zod'
import { SwitchboardError } from '../contract/errors.ts'
import { isSameSecret } from '../http/admission.ts'

const minTokenCharacters = 16

const names = z.array(z.string().min(1)).optional()

/** Who may use a proxy, by the token that it has, and what it sees. */
export const clientSchema = z.strictObject({
  /** Nobody else's. What can stand in an HTTP header, without spaces. */
  token: z
    .string()
    .min(minTokenCharacters, `a token has at least ${minTokenCharacters} characters`)
    .regex(/^[\x21-\x7e]+$/, 'a token holds letters, digits and signs, and no spaces'),
  /** It sees these servers only. Default: all. */
  servers: names,
  /** It sees these functions only. Default: all. */
  functions: names,
  /** It hears what its servers log, which may be of other clients' calls. Default: no. */
  logs: z.boolean().optional(),
})

/** Who may use a proxy, by the token that it has, and what it sees. @interface */
export type ProxyClient = z.infer<typeof clientSchema>

/** What a client sees; without lists it is everything. */
export type Scope = Omit<ProxyClient, 'token'>

/** Clients by name. @throws SwitchboardError `wrong_form`: none, or two with one token */
export class Clients {
  readonly #clients: readonly ProxyClient[]

  constructor(clients: Readonly<Record<string, ProxyClient>>) {
    this.#clients = Object.entries(clients).map(([name, raw]) => {
      const { data, error } = clientSchema.safeParse(raw)
      if (data) return data
      const [issue] = error.issues
      throw wrong(`the client "${name}": ${[...(issue?.path ?? []), issue?.message].join(': ')}`)
    })
    if (this.#clients.length === 0) throw wrong('no client is named, so nobody could use the proxy; name one')
    if (new Set(this.#clients.map(({ token }) => token)).size < this.#clients.length) {
      throw wrong('two clients have the same token; give each its own')
    }
  }

  /** By an `Authorization` header. */
  admit(authorization: string | undefined): ProxyClient | undefined {
    const [, offered] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? []
    if (offered === undefined) return undefined
    // All of them, so that the time says nothing of whose it is.
    const [known] = this.#clients.filter(({ token }) => isSameSecret(offered, token))
    return known
  }
}

function wrong(problem: string): SwitchboardError {
  return new SwitchboardError('wrong_form', problem)
}
