export type { ProxyClient } from './client.ts'
export { type ProxyHttp, type ProxyHttpOptions, serveProxyHttp } from './http.ts'
export { type ProxyStdioOptions, serveProxyStdio } from './stdio.ts'
