/** Scenarios in which nobody signs in: the client has a secret, a key, or somebody's word for who it is. */
import { z } from 'zod'
import type { RenewingCredentials } from '../../../src/contract/user-servers.ts'
import { createMachineCredentials } from '../../../src/registry/oauth/machine-credentials.ts'
import type { MachineProof } from '../../../src/registry/oauth/machine-tokens.ts'
import { issuerOf } from './issuer.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

const text = z.string()
const secretSchema = z.object({ client_id: text, client_secret: text })
const keySchema = z.object({ client_id: text, private_key_pem: text, signing_algorithm: text })
const workloadSchema = z.object({ client_id: text, valid_jwt: text })
const enterpriseSchema = secretSchema.extend({
  idp_client_id: text,
  idp_id_token: text,
  idp_token_endpoint: text,
})

const proofs: Record<string, (context: unknown) => { clientId: string; proof: MachineProof }> = {
  'auth/client-credentials-basic': (context) => {
    const { client_id: clientId, client_secret: clientSecret } = secretSchema.parse(context)
    return { clientId, proof: { grant: 'client_credentials', clientSecret } }
  },
  'auth/client-credentials-jwt': (context) => {
    const { client_id: clientId, private_key_pem, signing_algorithm } = keySchema.parse(context)
    const proof = { privateKey: private_key_pem, algorithm: signing_algorithm }
    return { clientId, proof: { grant: 'client_credentials', ...proof } }
  },
  'auth/wif-jwt-bearer': (context) => {
    const { client_id: clientId, valid_jwt } = workloadSchema.parse(context)
    return { clientId, proof: { grant: jwtBearer, assertion: async () => valid_jwt } }
  },
  'auth/cross-app-access-complete-flow': byIdentityProvider,
  'auth/enterprise-managed-authorization': byIdentityProvider,
}

/** Undefined where users sign in. */
export async function machineCredentials(
  scenario: string,
  url: string,
  context: unknown,
): Promise<RenewingCredentials | undefined> {
  const known = proofs[scenario]?.(context)
  if (!known) return undefined
  const issuer = await issuerOf(url)
  return createMachineCredentials({ ...known, url, issuer, egress: { allowHosts: ['localhost'] } })
}

/** What an application does that has signed its user in at an identity provider: SEP-990, "Token Exchange". */
function byIdentityProvider(context: unknown): { clientId: string; proof: MachineProof } {
  const { client_id, client_secret, ...provider } = enterpriseSchema.parse(context)
  const assertion = async ({ issuer, resource }: { issuer: string; resource: string }) => {
    const response = await fetch(provider.idp_token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        subject_token: provider.idp_id_token,
        client_id: provider.idp_client_id,
        audience: issuer,
        resource,
      }),
    })
    return z.object({ access_token: text }).parse(await response.json()).access_token
  }
  return { clientId: client_id, proof: { grant: jwtBearer, assertion, clientSecret: client_secret } }
}
