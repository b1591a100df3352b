import { ProxyTracerProvider } from '@opentelemetry/api'

/** An exporter that cannot reach anybody must not hold up the end. */
const limitMs = 1_000

/** Whether a provider is one of an SDK, which collects before it exports. */
function collects(provider: object): provider is { forceFlush(): Promise<void> } {
  return 'forceFlush' in provider && typeof provider.forceFlush === 'function'
}

/** What these providers have collected is exported, or a second has passed. Never rejects. */
export async function flushed(...providers: object[]): Promise<void> {
  const flushes = providers
    .map((provider) => (provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider))
    .filter(collects)
    .map(async (provider) => provider.forceFlush())
  if (flushes.length === 0) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([Promise.allSettled(flushes), late])
  clearTimeout(timer)
}
