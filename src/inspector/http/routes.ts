import type { Reply } from './reply.ts'

export interface RouteRequest {
  /** What the pattern caught, decoded. */
  parameters: readonly string[]
  /** Of a POST. */
  body: unknown
  /** Fires when the page does not wait any more. */
  signal: AbortSignal
}

export interface Route {
  method: 'GET' | 'POST'
  /** Its groups are the parameters. */
  path: RegExp
  answer(request: RouteRequest): Reply | Promise<Reply>
}

export type RouteMatch = { route: Route; parameters: string[] } | 'no such method' | undefined

export function routeFor(routes: readonly Route[], method: string, path: string): RouteMatch {
  const found = routes.filter((route) => route.path.test(path))
  const route = found.find((one) => one.method === method)
  if (!route) return found.length > 0 ? 'no such method' : undefined
  const parameters = decoded(route.path.exec(path)?.slice(1) ?? [])
  return parameters && { route, parameters }
}

function decoded(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
