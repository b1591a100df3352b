/** JSON-RPC errors of a server that did not look at what it was asked. */
const refusals = new Set([-32700, -32600, -32601])

/** What one connection asked, and what of it was refused. `name`: of the connection. */
export function createReceived(notes, name) {
  const calls = new Set()
  const ids = [0]
  const keyOf = (id) => `${name}/${id}`

  function refuse(id) {
    if (calls.delete(id)) notes.journal({ event: 'refused', key: keyOf(id) })
  }

  return {
    ids,
    note({ id, method, params }) {
      ids.push(id)
      if (method !== 'tools/call') return
      calls.add(id)
      notes.journal({ event: 'received', key: keyOf(id), callId: params._meta['switchboard/callId'] })
    },
    refuse,
    /** Looks for refusals in what is about to be sent. */
    look(text) {
      for (const line of text.split(/[\n\r]/)) {
        let message
        try {
          message = JSON.parse(line)
        } catch {
          continue
        }
        // The SDK takes any id that counts as the number.
        for (const one of [message].flat()) if (refusals.has(one?.error?.code)) refuse(Number(one.id))
      }
    },
  }
}
