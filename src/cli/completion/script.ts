import { script } from '@bomb.sh/tab'
import type { shells } from './shells.ts'

const command = 'switchboard'
/** Where there is nothing to suggest and files are not ruled out, bash completes their names. */
const bashWithFiles = `complete -o default -F __${command}_complete ${command}`

export function printScript(shell: (typeof shells)[number]): void {
  script(shell, command, command)
  if (shell === 'bash') process.stdout.write(`${bashWithFiles}\n`)
}
