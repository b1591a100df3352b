/** Registers an SDK whose metrics go to the file METRICS_FILE, a line each, ten times a second. */
import { appendFileSync } from 'node:fs'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'

const exporter = {
  export({ scopeMetrics }, done) {
    for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics)) {
      for (const { attributes, value } of dataPoints) {
        const line = JSON.stringify({ pid: process.pid, name: descriptor.name, attributes, value })
        appendFileSync(process.env.METRICS_FILE, `${line}\n`)
      }
    }
    done({ code: 0 })
  },
  selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  forceFlush: async () => {},
  shutdown: async () => {},
}
const options = { exporter, exportIntervalMillis: 100, exportTimeoutMillis: 100 }
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PeriodicExportingMetricReader(options)] }))
