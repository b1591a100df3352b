import type { RegisteredServer, ServerChange, Template, TestResult } from '../../../../registry/wire.ts'
import { wordsOfError } from '../../api.ts'
import { askRegistry, listenToRegistry, Refused, type Request } from './registry.ts'
import { wantsSignIn } from './words.ts'

export type Test = { startedAt: number } | EndedTest | { problem: string }

export interface EndedTest {
  result: TestResult
  endedAt: number
  /** Of the server when the test began. */
  version: number | undefined
  waitsForSignIn: boolean
}

/** What was seen less than a minute ago is told as it is now: so it is asked for again. */
const askAgainMs = 20_000
const returningKey = 'switchboard.signing-in'
const changedElsewhere =
  'It was changed elsewhere in the meantime, so nothing was changed now. This is how it is; decide again.'

type ServerPage = { servers: RegisteredServer[]; nextCursor?: string }

/** The user's servers, as the registry told of them last: nothing is shown before it was said. */
export class OwnServers {
  /** Undefined until they were told. */
  servers: readonly RegisteredServer[] | undefined
  templates: readonly Template[] = []
  /** Why they cannot be told. */
  problem: string | undefined
  /** By the server's id. */
  readonly tests = new Map<string, Test>()
  /** What went wrong with the last thing that was wanted of a server. */
  readonly problems = new Map<string, string>()
  #stop: (() => void) | undefined
  #loading: Promise<void> | undefined
  #isStale = false

  constructor(
    private readonly onChange: () => void,
    private readonly onNews: (text: string) => void,
  ) {}

  get(id: string): RegisteredServer | undefined {
    return this.servers?.find((server) => server.id === id)
  }

  /** Looks on until it is told not to. */
  watch(): void {
    if (this.#stop) return
    const timer = setInterval(() => void this.load(), askAgainMs)
    const off = listenToRegistry(() => void this.load())
    this.#stop = () => {
      clearInterval(timer)
      off()
    }
  }

  leave(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /** Resolves when all that happened before is known. */
  load(): Promise<void> {
    this.#isStale = true
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadAll(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      try {
        const servers: RegisteredServer[] = []
        let cursor = ''
        do {
          const page: ServerPage = await askRegistry(`/servers?limit=100${cursor}`)
          servers.push(...page.servers)
          cursor = page.nextCursor === undefined ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`
        } while (cursor !== '')
        this.templates = (await askRegistry<{ templates: Template[] }>('/templates')).templates
        this.servers = servers
        this.problem = undefined
      } catch (error) {
        this.problem = wordsOfError(error)
      }
      this.onChange()
    }
    this.#testReturned()
  }

  /** @throws Refused */
  change(server: RegisteredServer, change: ServerChange): Promise<void> {
    return this.#ask(server, '', { method: 'PATCH', body: change, version: server.version })
  }

  /** Whether it is gone. */
  async remove(server: RegisteredServer): Promise<boolean> {
    await this.try(server, () => this.#ask(server, '', { method: 'DELETE', version: server.version }))
    return this.get(server.id) === undefined
  }

  signOut(server: RegisteredServer): Promise<void> {
    return this.#ask(server, '/sign-out', { method: 'POST' })
  }

  /** Leaves the page. */
  async signIn(server: RegisteredServer): Promise<void> {
    const url = await authorizationUrlOf(server)
    sessionStorage.setItem(returningKey, server.id)
    location.assign(url)
  }

  /** Leaves the page where it is. Has to begin where somebody clicked: later, browsers open no tab. */
  async signInElsewhere(server: RegisteredServer): Promise<void> {
    const tab = open('about:blank', '_blank')
    if (!tab)
      throw new Error('Your browser opened no other tab. Let this page open them, or sign in after the call.')
    try {
      const url = await authorizationUrlOf(server)
      tab.opener = null
      tab.location.replace(url)
    } catch (error) {
      tab.close()
      throw error
    }
  }

  /** One place up or down in the order. */
  async move({ id }: RegisteredServer, by: -1 | 1): Promise<void> {
    const ids = (this.servers ?? []).map((server) => server.id)
    const from = ids.indexOf(id)
    ids.splice(from + by, 0, ...ids.splice(from, 1))
    await askRegistry('/servers/order', { method: 'PUT', body: { ids } })
    await this.load()
  }

  async test(id: string): Promise<void> {
    const known = this.tests.get(id)
    if (known && 'startedAt' in known) return
    this.tests.set(id, { startedAt: Date.now() })
    this.onChange()
    let news: string
    try {
      if (!this.get(id)) await this.load()
      const before = this.get(id)
      const result = await askRegistry<TestResult>(`/servers/${id}/test`, { method: 'POST' })
      this.tests.set(id, {
        ...{ result, endedAt: Date.now(), version: before?.version },
        waitsForSignIn: result.needsSignIn || (before !== undefined && wantsSignIn(before)),
      })
      news = [result.status, ...(result.problem === undefined ? [] : [result.problem])].join(', ')
    } catch (error) {
      news = wordsOfError(error)
      this.tests.set(id, { problem: news })
    }
    await this.load()
    this.onNews(`Test of ${this.get(id)?.name ?? 'a server'}: ${news}`)
  }

  /** Does something, and remembers why it could not be done. Whether it was done. */
  async try({ id }: RegisteredServer, doIt: () => Promise<void>): Promise<boolean> {
    this.problems.delete(id)
    let isDone = true
    try {
      await doIt()
    } catch (error) {
      isDone = false
      const isOld = error instanceof Refused && error.status === 412
      this.problems.set(id, isOld ? changedElsewhere : wordsOfError(error))
      if (isOld) await this.load()
    }
    this.onChange()
    return isDone
  }

  async #ask({ id }: RegisteredServer, path: string, request: Request): Promise<void> {
    await askRegistry(`/servers/${id}${path}`, request)
    await this.load()
  }

  /** Who has signed in wants to know whether it works. */
  #testReturned(): void {
    const id = sessionStorage.getItem(returningKey)
    sessionStorage.removeItem(returningKey)
    if (id !== null && this.get(id)) void this.test(id)
  }
}

/** Nobody has changed the server since the test began, or signed in or out at it. */
export function holds({ version, waitsForSignIn }: EndedTest, server: RegisteredServer): boolean {
  return version === server.version && waitsForSignIn === wantsSignIn(server)
}

async function authorizationUrlOf({ id }: RegisteredServer): Promise<string> {
  const path = `/servers/${id}/sign-in`
  const { authorizationUrl } = await askRegistry<{ authorizationUrl: string }>(path, { method: 'POST' })
  if (!/^https?:\/\//i.test(authorizationUrl)) throw new Error('It leads to no web page; it was not opened.')
  return authorizationUrl
}
