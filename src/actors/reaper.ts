import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { messageOf } from '../contract/errors.ts'

/** A server's processes: those of its group, and those that left it and still carry its mark. */
export interface ProcessGroup {
  leader: number
  mark: string
}

/**
 * What the reaper runs, with POSIX tools only. It ignores the signals that a terminal or a service manager sends to
 * everybody: it ends with its input anyway. End of input means that the host is gone. TERM goes to each group and to
 * whoever carries a mark outside of the groups (twice is "at once" to some programs), KILL one second later, then again
 * while a look at `/proc` still finds somebody who was forked meanwhile. Without `/proc` the groups alone are ended.
 */
const script = `
trap '' HUP INT TERM
list=
while read -r sign group mark; do
  case $sign in
    +) list="$list $group:$mark" ;;
    -)
      kept=
      for one in $list; do [ "$one" = "$group:$mark" ] || kept="$kept $one"; done
      list=$kept ;;
  esac
done
[ -n "$list" ] || exit 0
marks=
for one in $list; do marks="$marks -e \${one#*:}"; done
end() {
  for one in $list; do kill "-$1" "-\${one%%:*}"; done
  found=$(grep -lF $marks /proc/[0-9]*/environ)
  for file in $found; do
    pid=\${file#/proc/}
    pid=\${pid%/environ}
    read -r stat <"/proc/$pid/stat" || continue
    set -- "$1" \${stat##*) }
    case "$list " in *" $4:"*) ;; *) kill "-$1" "$pid" ;; esac
  done
}
end TERM
sleep 1
for pass in 1 2 3; do
  end KILL
  [ -n "$found" ] || break
done
`

/** How it shows in a list of processes. */
const title = 'mcp-switchboard-reaper'

let reaper: ChildProcess | undefined
let hasWarned = false

/**
 * Makes sure that a small shell runs which ends what is `living` when this process dies, however it dies: SIGKILL, the
 * out-of-memory killer, a crash of the engine. In a session of its own, so that Ctrl+C and the end of a terminal pass it by;
 * it keeps this process neither alive nor busy.
 *
 * It may fail; a server starts all the same. Where no shell can be started, a warning says so once, and each later server
 * tries again. Where the shell dies, the lines since then are lost, until the next server starts another one with all that
 * is `living`; up to then the `exit` hook of `process-group.ts` alone cleans up. On Windows there is no reaper.
 */
export function startReaper(living: Iterable<ProcessGroup>): void {
  if (reaper || process.platform === 'win32') return
  try {
    const child = spawn('/bin/sh', ['-c', script, title], {
      // Neither our secrets nor, inside somebody else's server, that one's mark.
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const forget = () => {
      if (reaper === child) reaper = undefined
    }
    child.once('exit', forget)
    child.on('error', (error) => {
      forget()
      warnOnce(error)
    })
    child.stdin?.on('error', forget)
    child.unref()
    if (child.stdin instanceof Socket) child.stdin.unref()
    reaper = child
    for (const group of living) tell('+', group)
  } catch (error) {
    warnOnce(error)
  }
}

export function tellReaper(what: 'started' | 'ended', group: ProcessGroup): void {
  tell(what === 'started' ? '+' : '-', group)
}

/** Where nothing lives it has nothing to do: it ends, and the next server starts another. */
export function dismissReaper(): void {
  reaper?.stdin?.end()
  reaper = undefined
}

/** Small enough for the pipe to take it at once: a SIGKILL right afterwards finds it told. */
function tell(sign: '+' | '-', { leader, mark }: ProcessGroup): void {
  reaper?.stdin?.write(`${sign} ${leader} ${mark}\n`)
}

function warnOnce(error: unknown): void {
  if (hasWarned) return
  hasWarned = true
  process.emitWarning(
    `no reaper: servers may be left behind if this process is killed (${messageOf(error)})`,
    'SwitchboardWarning',
  )
}
