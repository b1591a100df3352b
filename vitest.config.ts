import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A file costs seconds where each loads LiveKit and XState anew; no test keeps anything in a module.
    isolate: false,
    // XState's development build takes a message from one actor system to another for a mistake.
    onConsoleLog: (log) => !log.startsWith('Custom actions should not call'),
    // Most tests wait for something most of the time: two more than there are cores. A shared CI machine stalls: fewer there.
    maxWorkers: process.env.CI ? 2 : availableParallelism() + 2,
    projects: [
      { test: { name: 'structure', include: ['test/structure/**/*.test.ts'] } },
      {
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/structure/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry: process.env.CI ? 2 : 0,
        },
      },
    ],
  },
})
