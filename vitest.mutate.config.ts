import { defineConfig } from 'vitest/config'

/** The tests that know the machines and start no process, without the long ones: each mutant runs them. */
export default defineConfig({
  test: {
    isolate: false,
    onConsoleLog: () => false,
    include: ['test/machines/**/*.test.ts', 'test/properties/**/*.test.ts', 'test/replays/**/*.test.ts'],
    exclude: ['test/properties/{configuration,secrets}.test.ts'],
    testNamePattern: /^(?!.*in simulated hours)/,
    testTimeout: 30_000,
  },
})
