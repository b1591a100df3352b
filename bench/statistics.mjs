export function median(numbers) {
  return percentile(numbers, 0.5)
}

/** One of those given, than which `part` of them are no larger (nearest rank). */
export function percentile(numbers, part) {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]
}
