/** What a test server writes to disk, at once: executions of its tools in the ledger, the rest in the journal. */
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'

const pollMs = 5

export function createNotes(directory) {
  const append = (file, note) =>
    appendFileSync(join(directory, file), `${JSON.stringify({ at: Date.now(), ...note })}\n`)
  return {
    /** One line when a tool starts, one when it finishes. */
    ledger: (note) => append('ledger.jsonl', note),
    journal: (note) => append('journal.jsonl', { pid: process.pid, ...note }),
  }
}

/** Until the file `name` appears in `directory`. */
export function fileAppears(directory, name) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!existsSync(join(directory, name))) return
      clearInterval(timer)
      resolve()
    }, pollMs)
  })
}
