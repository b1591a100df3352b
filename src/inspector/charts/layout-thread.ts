import { parentPort, workerData } from 'node:worker_threads'
import elk from 'elkjs/lib/elk.bundled.js'

/** Entry of a thread that lays out one graph and ends. */
parentPort?.postMessage(await new elk.default().layout(workerData))
