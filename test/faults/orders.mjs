/**
 * What the server is told to do wrong: `orders.json` in its directory, read at each message, so that a fault holds across
 * processes until it is lifted. An order:
 *
 * - `at`: a method; `GET` or `DELETE` (HTTP); `start` or `signal` (stdio; SIGUSR2)
 * - `run`: of the tool, `not`, `started` (it never finishes) or `whole` (default)
 * - `result`: fields that replace those of the right answer, `without`: fields that it lacks; `error`: a JSON-RPC error
 *   instead of it
 * - `status`, `headers`, `body`: an HTTP answer instead
 * - `write`: text before `ending`; `$ID`, `$ANSWER` and `$HALF` (of the answer) are filled in
 * - `ending`: `answer` (default), `nothing`, `late` (the answer, once it is cancelled), `die` (SIGKILL), `exit` (code 3),
 *   `stop` (SIGSTOP), `answer and die`, `answer and stop`, `close` (the pipe, or the stream without an answer),
 *   `cut` (the socket), `reset` (the socket, with RST), `end events` (over stdio, in good order)
 * - `process: 'first'`: only the first process of this directory obeys; `once`: only the first time
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export function createOrders(directory) {
  const file = join(directory, 'orders.json')
  const obeyed = join(directory, 'obeyed')
  return {
    /** The first order for `at`. */
    for(at, isFirst) {
      let text
      try {
        text = readFileSync(file, 'utf8')
      } catch {
        return undefined
      }
      const found = JSON.parse(text).find(
        (order) => order.at === at && (order.process !== 'first' || isFirst),
      )
      if (!found?.once) return found
      if (existsSync(obeyed)) return undefined
      writeFileSync(obeyed, '')
      return found
    },
  }
}

export function fill(text, id, answer) {
  const whole = answer === undefined ? '' : JSON.stringify(answer)
  return text
    .replaceAll('$ID', JSON.stringify(id))
    .replaceAll('$HALF', whole.slice(0, Math.floor(whole.length / 2)))
    .replaceAll('$ANSWER', whole)
}

/** The endings that are the same on every wire; whether `ending` was one. */
export function endProcess(ending) {
  if (ending === 'die' || ending === 'answer and die') process.kill(process.pid, 'SIGKILL')
  else if (ending === 'exit') process.exit(3)
  else if (ending === 'stop' || ending === 'answer and stop') process.kill(process.pid, 'SIGSTOP')
  else return false
  return true
}
