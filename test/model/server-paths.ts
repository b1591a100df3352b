import type { Transport } from '../support/transports.ts'
import { ServerDriver } from './server-driver.ts'
import { serverMachineSeenFromOutside } from './server-model.ts'
import { walk } from './walk.ts'
import { modelOf } from './walks.ts'

/** In a file for each transport, since they take their time side by side. */
export function walkServerOver(transport: Transport): void {
  const model = modelOf(serverMachineSeenFromOutside(transport))
  walk(`a server over ${transport}`, model, () => ServerDriver.open(transport))
}
