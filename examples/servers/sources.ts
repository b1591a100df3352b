import * as z from 'zod'
import { environment, environmentMs, seconds } from './environment.ts'
import { htmlToText, oneLine, shorten } from './html.ts'

export interface FoundPage {
  title: string
  url: string
  snippet: string
}

export interface WebSource {
  name: 'Brave Search' | 'SearXNG'
  search(query: string, limit: number, signal: AbortSignal): Promise<FoundPage[]>
}

const pageSchema = z.object({ title: z.string(), url: z.string() })
const braveSchema = z.object({
  web: z.object({ results: z.array(pageSchema.extend({ description: z.string().optional() })) }).optional(),
})
const searxngSchema = z.object({ results: z.array(pageSchema.extend({ content: z.string().nullish() })) })

/** The search service that is configured; undefined when none is. */
export function webSource(): WebSource | undefined {
  const braveKey = environment('BRAVE_API_KEY')
  if (braveKey !== undefined)
    return {
      name: 'Brave Search',
      async search(query, limit, signal) {
        const base = baseUrl(
          'Brave Search',
          'BRAVE_URL',
          environment('BRAVE_URL') ?? 'https://api.search.brave.com',
        )
        const url = join(base, '/res/v1/web/search', { q: query, count: String(limit) })
        const answer = await requestJson('Brave Search', url, { 'x-subscription-token': braveKey }, signal)
        const { web } = parse('Brave Search', braveSchema, answer)
        return pages(
          web?.results.map(({ description, ...page }) => ({ ...page, snippet: description })),
          limit,
        )
      },
    }
  const searxngUrl = environment('SEARXNG_URL')
  if (searxngUrl !== undefined)
    return {
      name: 'SearXNG',
      async search(query, limit, signal) {
        const base = baseUrl('SearXNG', 'SEARXNG_URL', searxngUrl)
        const url = join(base, '/search', { q: query, format: 'json' })
        const { results } = parse('SearXNG', searxngSchema, await requestJson('SearXNG', url, {}, signal))
        return pages(
          results.map(({ content, ...page }) => ({ ...page, snippet: content })),
          limit,
        )
      },
    }
  return undefined
}

function baseUrl(name: string, variable: string, value: string): URL {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new Error(`${name} was not asked. ${variable} is not an http or https URL.`)
  return new URL(value)
}

function join(base: URL, path: string, query: Record<string, string>): URL {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`
  url.search = new URLSearchParams(query).toString()
  return url
}

async function requestJson(
  name: string,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<unknown> {
  const timeoutMs = environmentMs('UPSTREAM_TIMEOUT_MS', 8_000)
  const timeout = AbortSignal.timeout(timeoutMs)
  const address = new URL(url)
  address.username = ''
  address.password = ''
  const authorization =
    url.username === ''
      ? {}
      : { authorization: `Basic ${btoa(`${decode(url.username)}:${decode(url.password)}`)}` }
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json', ...authorization, ...headers },
      // Followed, a redirect would take the key to another server.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    })
    if (!response.ok) throw new Refused(`${name} refused the search with HTTP status ${response.status}.`)
    return await response.json().catch((error: unknown) => {
      if (error instanceof SyntaxError) throw new Refused(`${name} answered with something that is not JSON.`)
      throw error
    })
  } catch (error) {
    if (error instanceof Refused) throw error
    if (timeout.aborted)
      throw new Error(`${name} did not answer within ${seconds(timeoutMs)}. Nothing was found.`)
    throw new Error(`${name} cannot be reached${networkCode(error)}. Nothing was found.`)
  }
}

class Refused extends Error {}

/** Messages of network errors can hold the whole URL, credentials included; codes cannot. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = z.object({ code: z.string() }).safeParse(cause).data?.code
  return code === undefined ? '' : ` (${code})`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parse<T>(name: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw new Error(`${name} answered with something that is no list of results.`)
  return parsed.data
}

function pages(
  results: { title: string; url: string; snippet?: string | null | undefined }[] | undefined,
  limit: number,
): FoundPage[] {
  return (results ?? [])
    .filter(({ url }) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
    .slice(0, limit)
    .map(({ title, url, snippet }) => ({
      title: shorten(oneLine(htmlToText(title).text), 120) || new URL(url).hostname,
      url: new URL(url).href,
      snippet: shorten(oneLine(htmlToText(snippet ?? '').text), 220),
    }))
}
