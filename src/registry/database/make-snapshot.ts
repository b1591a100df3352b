/** A step of the build. */
import { makeSnapshot } from './snapshot.ts'

await makeSnapshot()
