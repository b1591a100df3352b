import { keepForData } from './standard-output.ts'

/**
 * Loaded by every process of the worker before anything else: a library decides when it is loaded whether its log goes by
 * `process.stdout` or past it.
 */
keepForData((text) => process.stderr.write(text))
