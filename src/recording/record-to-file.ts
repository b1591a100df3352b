import type { Policy } from '../contract/policy.ts'
import type { Dependencies } from '../switchboard/dependencies.ts'
import { recording } from './recording.ts'
import { TapeFile } from './tape-file.ts'

export interface FileRecording {
  dependencies: Dependencies
  /** Everything is on the disk. */
  close: () => Promise<void>
}

/** @throws SwitchboardError `file_unwritable` */
export function recordToFile(path: string, policy: Policy, dependencies: Dependencies): FileRecording {
  const file = new TapeFile(path)
  const { dependencies: recorded, end } = recording(policy, dependencies, file.write)
  const close = () => {
    end()
    return file.close()
  }
  return { dependencies: recorded, close }
}
