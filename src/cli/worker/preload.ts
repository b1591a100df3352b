import { keepForData } from '../standard-output.ts'

/**
 * Loaded by every process of the worker before anything else: a library decides when it is loaded whether its log goes by
 * `process.stdout` or past it.
 */
keepForData((text) => process.stderr.write(text))

/** Of the framework's own process for models, which would live on for 15 s when its worker was killed. */
if (/inference_proc_lazy_main\.[cm]?[jt]s$/.test(process.argv[1] ?? '')) {
  process.once('disconnect', () => process.exit(1))
}
