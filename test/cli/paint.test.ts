import { afterEach, expect, test, vi } from 'vitest'
import { paintFor } from '../../src/cli/paint.ts'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['red', 'text', '\u001b[31mtext\u001b[39m'],
  [['bold', 'red'], 'text', '\u001b[1m\u001b[31mtext\u001b[39m\u001b[22m'],
] as const)('%s is for terminals, be it one style or several', (style, text, painted) => {
  const paint = paintFor(process.stdout)
  vi.stubEnv('NO_COLOR', undefined)
  vi.stubEnv('FORCE_COLOR', '1')
  expect(paint([style].flat(), text)).toBe(painted)
  vi.stubEnv('FORCE_COLOR', undefined)
  vi.stubEnv('NO_COLOR', '1')
  expect(paint([style].flat(), text)).toBe(text)
})
