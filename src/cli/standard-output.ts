const write = process.stdout.write.bind(process.stdout)

/** Standard output is for data: what is meant to stand there is written with this. */
export function writeData(text: string): void {
  write(text)
}

/** What libraries write to standard output, their logs mostly, goes to `log` from now on. */
export function keepForData(log: (text: string) => void): void {
  process.stdout.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    log(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
    const done = rest.find((one) => typeof one === 'function')
    if (done) process.nextTick(done)
    return true
  }
}
