import { runScript } from './script.mjs'

/** In a process of its own, where nothing else is in the heap. */
export async function memoryRows() {
  const { heap, rss } = await runScript('memory.mjs', { flags: ['--expose-gc'] })
  return Object.entries({ heap, RSS: rss }).map(([name, { before, after }]) => {
    const ratio = after / before
    return {
      name: `${name} after 100,000 calls to after 20,000`,
      bound: '0.9–1.1 ×',
      ours: ratio,
      worst: ratio,
      unit: '×',
      ok: Math.abs(ratio - 1) < 0.1,
    }
  })
}
