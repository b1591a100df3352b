let port

export function initialize(data) {
  port = data.port
}

export function load(url, context, nextLoad) {
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (name) port.postMessage(name)
  return nextLoad(url, context)
}
