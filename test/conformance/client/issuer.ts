import { z } from 'zod'

const metadataSchema = z.object({ authorization_servers: z.array(z.string()) })

/** The authorization server that an operator has been registered at by hand. */
export async function issuerOf(url: string): Promise<string> {
  const { pathname, origin } = new URL(url)
  const answer = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`)
  const [issuer] = metadataSchema.parse(await answer.json()).authorization_servers
  if (issuer === undefined) throw new Error(`${url} names no authorization server`)
  return issuer
}
