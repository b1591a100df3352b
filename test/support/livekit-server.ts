import { createHmac } from 'node:crypto'

/** Of a real LiveKit server; the tests against it are skipped without. */
export interface LiveKitServer {
  url: string
  apiKey: string
  apiSecret: string
}

/** From the environment, or what to say where it is not there. */
export function liveKitServer(): LiveKitServer | string {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = process.env
  if (url && apiKey && apiSecret) return { url, apiKey, apiSecret }
  return 'skipped: it needs a LiveKit server, set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET'
}

/** A LiveKit access token is a JWT with a grant for a room. `dispatch`: the agent that is called into it. */
export function accessToken(
  { apiKey, apiSecret }: LiveKitServer,
  {
    identity,
    room,
    agent = false,
    dispatch,
  }: { identity: string; room: string; agent?: boolean; dispatch?: string },
): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: apiKey, sub: identity, nbf: nowSeconds, exp: nowSeconds + 300 },
    video: { room, roomJoin: true, agent },
    ...(dispatch === undefined ? {} : { roomConfig: { agents: [{ agentName: dispatch }] } }),
  }
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${unsigned}.${createHmac('sha256', apiSecret).update(unsigned).digest('base64url')}`
}
