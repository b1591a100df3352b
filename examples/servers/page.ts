import { lookup as lookupAll } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './addresses.ts'
import { environment, environmentMs, seconds } from './environment.ts'
import { htmlToText } from './html.ts'

const maxPageBytes = 1_000_000
const maxRedirects = 5

export interface Page {
  url: string
  title: string
  text: string
  complete: boolean
}

class Refused extends Error {}

/** A web page as text. Every message says in words what happened. */
export async function readPage(address: string, signal: AbortSignal): Promise<Page> {
  const timeoutMs = environmentMs('UPSTREAM_TIMEOUT_MS', 8_000)
  const timeout = AbortSignal.timeout(timeoutMs)
  let url = new URL(address)
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const response = await get(url, AbortSignal.any([signal, timeout]))
      const { statusCode = 0, headers } = response
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.destroy()
        if (!URL.canParse(headers.location, url.href)) throw new Refused(`${url.host} redirects to nowhere.`)
        url = new URL(headers.location, url)
        continue
      }
      if (statusCode !== 200) {
        response.destroy()
        throw new Refused(`${url.host} refused the page with HTTP status ${statusCode}.`)
      }
      return await readBody(url, response)
    }
    throw new Refused(`${url.host} redirects more than ${maxRedirects} times.`)
  } catch (error) {
    if (error instanceof Refused) throw new Error(`The page was not read. ${error.message}`)
    if (timeout.aborted)
      throw new Error(`The page was not read. ${url.host} did not answer within ${seconds(timeoutMs)}.`)
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new Error(`The page was not read. ${url.host} cannot be reached${code}.`)
  }
}

function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Refused(`Only http and https pages are read, not ${url.protocol}`)
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const isAllowed = (address: string) => isPublicAddress(address) || allowedHosts().includes(url.host)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isAllowed(host)) throw new Refused(`${url.host} is a private address.`)
  return new Promise((resolve, reject) => {
    request(url, {
      // Checked here, the address is the one that is connected to: a name cannot change its mind in between.
      lookup: checkedLookup(url.host, isAllowed),
      headers: { accept: 'text/html, text/plain;q=0.9, */*;q=0.1', 'accept-encoding': 'identity' },
      agent: false,
      signal,
    })
      .on('response', resolve)
      .on('error', reject)
      .end()
  })
}

function checkedLookup(name: string, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookupAll(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const forbidden = addresses.some(({ address }) => !isAllowed(address))
      const [first] = addresses
      if (forbidden || first === undefined) return callback(new Refused(`${name} has a private address.`), [])
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** Hosts of an intranet that the operator allows, as `host:port`. */
function allowedHosts(): string[] {
  return (environment('ALLOWED_HOSTS') ?? '').split(',').map((host) => host.trim())
}

async function readBody(url: URL, response: IncomingMessage): Promise<Page> {
  const [type = '', ...parameters] = (response.headers['content-type'] ?? 'text/html')
    .toLowerCase()
    .split(';')
  if (!/^\s*(?:text\/|application\/(?:json|xml|xhtml\+xml))/.test(type)) {
    response.destroy()
    throw new Refused(`It is ${type.trim()}, which is no text.`)
  }
  if (!/^(?:identity)?$/.test(response.headers['content-encoding'] ?? '')) {
    response.destroy()
    throw new Refused(`${url.host} sent it compressed although it was asked not to.`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size >= maxPageBytes) break
  }
  const charset = /charset="?([\w-]+)/.exec(parameters.join(';'))?.[1] ?? 'utf-8'
  const body = decode(Buffer.concat(chunks).subarray(0, maxPageBytes), charset)
  const page = /html|xml/.test(type) ? htmlToText(body) : { title: '', text: body }
  return { url: url.href, ...page, complete: size < maxPageBytes }
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}
