/**
 * Runs of tools that ask the client. In MCP 2026-07-28 the call answers `input_required`, and is sent again with the
 * answers; the run waits for it meanwhile (where a real server would run anew), so that the ledger counts it once.
 */
export function createRounds() {
  /** By the `requestState` that the client hands back. */
  const waiting = new Map()
  let begun = 0

  function create() {
    const state = `run-${++begun}`
    const answers = new Map()
    let asked = {}
    let hasAsked = () => {}
    let work

    return {
      /** How its notifications leave: with the leg that is under way. */
      link: undefined,
      start: (promise) => {
        work = promise
      },
      ask(method, params) {
        const key = `asked-${answers.size + 1}`
        asked[key] = { method, params }
        const answer = new Promise((resolve) => answers.set(key, resolve))
        // What is asked together is asked in one answer.
        setImmediate(() => hasAsked())
        return { answer, withdraw: () => {} }
      },
      answer(responses) {
        for (const [key, response] of Object.entries(responses)) answers.get(key)?.(response)
      },
      /** Its result, or what it asks. */
      async leg() {
        const question = new Promise((resolve) => {
          hasAsked = () => Object.keys(asked).length > 0 && resolve('asks')
        })
        const outcome = await Promise.race([work, question])
        if (outcome !== 'asks') return outcome
        const inputRequests = asked
        asked = {}
        waiting.set(state, this)
        return { resultType: 'input_required', inputRequests, requestState: state }
      },
    }
  }

  return {
    create,
    /** The run that waits for this call, once. */
    take({ requestState }) {
      const run = waiting.get(requestState)
      waiting.delete(requestState)
      return run
    },
  }
}
