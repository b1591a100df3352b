import { defineSwitchboardAgent } from '../../src/agent/index.ts'
import { createSwitchboard } from '../../src/index.ts'

/** An agent file as a worker runs it; its own servers are none. */
export default defineSwitchboardAgent({
  createSwitchboard: () => createSwitchboard({ mcpServers: {} }),
  realtime: { provider: 'openai' },
  phrases: { error: ({ function: name }) => `${name} failed, who knows whether it was done.` },
})
