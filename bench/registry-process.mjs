/** A process of its own: the package that starts PostgreSQL takes over how it exits. */
import { registryRows } from './registry.mjs'

process.stdout.write(JSON.stringify(await registryRows()))
