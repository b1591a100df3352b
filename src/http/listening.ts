import type { AddressInfo, Server } from 'node:net'
import { messageOf, SwitchboardError } from '../contract/errors.ts'

/** `what`: who listens, for the message. @throws SwitchboardError `port_in_use`, also where the host is none of this machine */
export function listening(server: Server, host: string, port: number, what: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      reject(
        new SwitchboardError(
          'port_in_use',
          `${what} cannot listen on ${host}, port ${port} (${messageOf(error)}); choose another with --port`,
        ),
      )
    server.once('error', failed)
    server.listen(port, host, () => {
      // Such as no descriptor left for one more connection: those that there are go on.
      server.off('error', failed).on('error', (error) => {
        process.emitWarning(`${what} cannot take a connection (${messageOf(error)})`, 'SwitchboardWarning')
      })
      const bound = server.address()
      if (typeof bound === 'object' && bound !== null) resolve(bound)
      else reject(new Error(`${what} listens on no port`))
    })
  })
}
