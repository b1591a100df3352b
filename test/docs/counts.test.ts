import { expect, test } from 'vitest'
import { readPages } from './pages.ts'

test('every page that counts the faults counts them as failures.md does, which counts itself', () => {
  const counts = readPages().flatMap(({ path, lines }) =>
    [...lines.join(' ').matchAll(/(\d+) faults in (\d+) cases/g)].map(([words]) => ({ path, words })),
  )
  const words = counts.find(({ path }) => path === 'docs/failures.md')?.words
  const counting = ['README.md', 'docs/README.md', 'docs/failures.md', 'docs/outcomes.md', 'docs/proof.md']
  expect(counts).toEqual(counting.map((path) => ({ path, words })))
})
