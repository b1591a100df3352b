/** Where a call from the page goes. Types alone, of no package: whoever has none of them can read this. */
export interface PageVoice {
  /** Default: nobody can talk to OpenAI, whatever the environment says. */
  openai?: OpenAIAccess
  /** The agent joins this room, whenever a page calls; the page only looks on. Default: the caller is at the page. */
  livekit?: LiveKitRoom
  /** Who the agent is and what it is for. */
  instructions?: string
}

export interface OpenAIAccess {
  apiKey: string
  /** Default: OpenAI's own. */
  baseURL?: string
  model?: string
  voice?: string
}

export interface LiveKitRoom {
  /** Of the LiveKit server, such as `wss://example.livekit.cloud`. */
  url: string
  apiKey: string
  apiSecret: string
  /** Where the agent goes; whoever calls it goes there too, with a client of their own. */
  room: string
}
