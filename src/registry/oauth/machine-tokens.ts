import { importPKCS8 } from 'jose'
import {
  type Client,
  type ClientAuth,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  genericTokenEndpointRequest,
  None,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  processGenericTokenEndpointResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import type { Tokens } from '../store.ts'
import type { TokenServer } from './authorization-server.ts'
import { clientSecretBasic } from './client-authentication.ts'
import type { OAuthParts } from './parts.ts'
import { asked, checkStatus, requestOptions, tokensOf } from './tokens.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** How a client that no user stands behind shows who it is. */
export type MachineProof =
  | { grant: 'client_credentials'; clientSecret: string }
  /** PKCS #8 in PEM (`private_key_jwt`, RFC 7523). */
  | { grant: 'client_credentials'; privateKey: string; algorithm: string }
  /** Said by somebody whom the authorization server believes (RFC 7523, 4). `clientSecret`: where it wants one, too. */
  | {
      grant: typeof jwtBearer
      /** The word of a workload's platform or of an identity provider, for this server. */
      assertion: (wanted: { issuer: string; resource: string }) => Promise<string>
      clientSecret?: string
    }

export interface MachineTokenParts {
  parts: Pick<OAuthParts, 'fetch' | 'now'>
  server: TokenServer
  clientId: string
  resource: string
}

/** @throws SignInError, TokenRefusal, and what `assertion` does */
export async function machineTokens(
  given: MachineTokenParts,
  proof: MachineProof,
  scopes: string[],
): Promise<Tokens> {
  const { server, clientId, resource } = given
  const client = { client_id: clientId }
  const authentication = await authenticationBy(server, proof)
  const options = requestOptions(given)
  const parameters = new URLSearchParams({ resource })
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '))
  const assertion =
    proof.grant === jwtBearer ? await proof.assertion({ issuer: server.issuer, resource }) : undefined
  return asked(given, async () => {
    let answer: TokenEndpointResponse
    if (assertion === undefined) {
      const response = await clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        parameters,
        options,
      )
      checkStatus(response, given)
      answer = await processClientCredentialsResponse(server, client, response)
    } else {
      parameters.set('assertion', assertion)
      answer = await byAssertion(given, client, authentication, parameters, options)
    }
    return tokensOf(answer, { scopes, refreshToken: undefined }, given)
  })
}

async function byAssertion(
  given: MachineTokenParts,
  client: Client,
  authentication: ClientAuth,
  parameters: URLSearchParams,
  options: ReturnType<typeof requestOptions>,
): Promise<TokenEndpointResponse> {
  const { server } = given
  const response = await genericTokenEndpointRequest(
    ...([server, client, authentication, jwtBearer, parameters, options] as const),
  )
  checkStatus(response, given)
  return processGenericTokenEndpointResponse(server, client, response)
}

async function authenticationBy(server: TokenServer, proof: MachineProof): Promise<ClientAuth> {
  if ('privateKey' in proof) return PrivateKeyJwt(await importPKCS8(proof.privateKey, proof.algorithm))
  if (proof.clientSecret === undefined) return None()
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = server
  if (methods.includes('client_secret_basic')) return clientSecretBasic(proof.clientSecret)
  return ClientSecretPost(proof.clientSecret)
}
