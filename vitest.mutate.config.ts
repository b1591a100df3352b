import { defineConfig } from 'vitest/config'

/** The tests that know the machines and start no process: each mutant runs them. */
export default defineConfig({
  test: {
    isolate: false,
    onConsoleLog: () => false,
    include: ['test/machines/**/*.test.ts', 'test/properties/**/*.test.ts', 'test/replays/**/*.test.ts'],
    testTimeout: 30_000,
  },
})
