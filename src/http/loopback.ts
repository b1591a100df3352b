/** Whether a host of a URL is this very machine, so that nobody else can read what goes there. */
export function isLoopback(hostname: string): boolean {
  return /^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname)
}
