/** One line for each step where somebody watches: `npm run operate`. */
export function tell(step: string): void {
  if (process.env.npm_lifecycle_event !== 'operate') return
  const seconds = (performance.now() / 1_000).toFixed(1).padStart(6)
  process.stdout.write(`${seconds} s  ${step}\n`)
}
