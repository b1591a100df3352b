export function percentile(numbers: number[], part: number): number
