import { wordsOfError } from '../api.ts'

const meanwhile = 'You can type meanwhile.'

/** Why there is no microphone, and what would help. */
export function microphoneProblem(error: unknown): string {
  if (!navigator.mediaDevices) {
    return `The browser gives no microphone to this address: open the page as http://127.0.0.1 or over HTTPS. ${meanwhile}`
  }
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return `The microphone is blocked: allow it for this page, beside the address in your browser, and turn it on. ${meanwhile}`
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') {
    return `There is no microphone: connect one and turn it on. ${meanwhile}`
  }
  if (name === 'NotReadableError' || name === 'AbortError') {
    return `The microphone cannot be used: another program may have it. Close that one and turn it on. ${meanwhile}`
  }
  return `The microphone does not work (${wordsOfError(error)}). ${meanwhile}`
}
