/** A step of the build. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFolder } from './folder.ts'
import { hasSnapshot, packSnapshot } from './snapshot.ts'

if (!hasSnapshot()) {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-snapshot-'))
  try {
    await (await openFolder(folder)).close()
    await packSnapshot(join(folder, 'postgres'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
