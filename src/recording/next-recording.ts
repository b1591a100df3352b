let file: string | undefined

/**
 * The next switchboard of this process is recorded in this file, whatever its options say: for a program that runs somebody
 * else's, which makes it.
 */
export function recordNext(path: string): void {
  file = path
}

/** For whoever makes it, and for whoever asks whether it was made. */
export function takeNextRecording(): string | undefined {
  const taken = file
  file = undefined
  return taken
}
