import { onTestFinished } from 'vitest'
import { until } from './until.ts'

/** Collects the process warnings of a test. */
export function collectWarnings(): { until(text: string): Promise<void> } {
  const messages: string[] = []
  const collect = (warning: Error) => messages.push(warning.message)
  process.on('warning', collect)
  onTestFinished(() => void process.off('warning', collect))
  return {
    until: async (text) => {
      await until(() => messages.includes(text), `the warning "${text}", among ${messages.join(', ')}`)
    },
  }
}
