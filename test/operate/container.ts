import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

/**
 * What a container of `compose.yaml` gives a service: the image's files read-only, a `/tmp` of its own, volumes and secrets, a
 * user without rights, and a loopback that it shares with the others. Made with namespaces of the kernel and `chroot`, since a
 * Docker daemon is rarely there; needs Linux and root.
 */
const script = `set -eu
root=$1; app=$2; run=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
for name in usr bin lib lib64 etc dev proc; do
  [ -e "/$name" ] || continue
  mkdir -p "$root/$name"
  mount --rbind "/$name" "$root/$name"
done
mkdir -p "$root/app" "$root/run" "$root/tmp" "$root/var"
ln -sfn /run "$root/var/run"
mount --bind "$app" "$root/app"
mount -o remount,bind,ro "$root/app"
mount --bind "$run" "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec=1000:1000 --groups= "$root" "$@"
`

export type Container = ChildProcessByStdio<null, Readable, Readable>

export class Containers {
  readonly #namespace = `switchboard-${randomUUID().slice(0, 8)}`
  readonly #children: Container[] = []

  /** `app` and `run` are their folders of these names. */
  constructor(
    private readonly app: string,
    private readonly run: string,
  ) {}

  /** A text says why there are none here. */
  static problem(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'skipped: it needs Linux and root'
    const missing = ['/usr/sbin/ip', '/sbin/ip'].some((file) => existsSync(file)) ? [] : ['ip']
    for (const name of ['setpriv', 'unshare', 'chroot']) {
      if (!['/usr/bin', '/bin', '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, name)))) {
        missing.push(name)
      }
    }
    return missing.length === 0 ? undefined : `skipped: ${missing.join(', ')} not found`
  }

  async open(): Promise<void> {
    onTestFinished(async () => {
      for (const child of this.#children) child.kill('SIGKILL')
      await done('ip', 'netns', 'del', this.#namespace)
    })
    if (!(await done('ip', 'netns', 'add', this.#namespace))) throw new Error('no network namespace')
    await done('ip', '-n', this.#namespace, 'link', 'set', 'lo', 'up')
  }

  /** The command of a container, as it is written in `compose.yaml`. */
  start(command: readonly string[], env: NodeJS.ProcessEnv): Container {
    const root = mkdtempSync(join(tmpdir(), 'switchboard-root-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    chmodSync(root, 0o755)
    const inside = ['sh', '-c', script, 'sh', root, this.app, this.run, ...command]
    const args = ['netns', 'exec', this.#namespace, 'unshare', '--mount', ...inside]
    const child = spawn('ip', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    return child
  }
}

function done(command: string, ...args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('close', (code) => resolve(code === 0))
  })
}
