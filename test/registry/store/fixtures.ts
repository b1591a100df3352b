import type { NewObservation } from '../../../src/registry/store.ts'

export const issuer = 'https://auth.example.com'

export function seen(id: string): NewObservation {
  return { id, status: 'ready', from: 'call', problem: undefined, functions: ['search'] }
}

export function tokens(text: string, scopes = ['mail']) {
  const expiresAt = new Date('2030-01-01T00:00:00.123Z')
  return { accessToken: `access ${text}`, refreshToken: `refresh ${text}`, scopes, expiresAt }
}

export function signIn(resource: string) {
  const client = { clientId: 'client', redirectUri: 'https://tools.example.com/callback' }
  const soon = { ...tokens('1'), expiresAt: new Date(Date.now() + 60_000) }
  return { issuer, ...client, resource, tokens: soon, deniedScopes: [] as string[] }
}

export function oauthClient(name: string) {
  return {
    issuer: `https://auth.example.com/${name}`,
    redirectUri: 'https://tools.example.com/callback',
    clientId: 'client',
    clientSecret: 'client secret',
    tokenEndpointAuthMethod: 'client_secret_basic',
    expiresAt: new Date('2030-01-01T00:00:00Z'),
  }
}

export function flow(rest: { userId: string; serverId: string; stateHash?: string; codeVerifier?: string }) {
  return {
    stateHash: 'state',
    bindingHash: 'binding',
    issuer,
    clientId: 'client',
    redirectUri: 'https://tools.example.com/callback',
    resource: 'https://mcp.example.com/mcp',
    scopes: ['mail'],
    codeVerifier: 'verifier',
    expiresAt: new Date(Date.now() + 60_000),
    ...rest,
  }
}
