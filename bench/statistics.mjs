export function median(numbers) {
  return percentile(numbers, 0.5)
}

/** The nearest rank of those given. */
export function percentile(numbers, part) {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}
