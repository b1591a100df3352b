import type { Dependencies } from '../../src/switchboard/dependencies.ts'

interface Task {
  at: number
  order: number
  work: () => void
  isCancelled: boolean
}

/** As Node's: whole milliseconds, at least one, and one that is too long comes at once. */
function timerMs(ms: number): number {
  return ms >= 1 && ms <= 2_147_483_647 ? Math.trunc(ms) : 1
}

/** Time that passes only when nothing is left to do in the present moment, and what is to happen in it. */
export class World {
  now = Date.UTC(2026, 0, 1)
  readonly #tasks: Task[] = []
  #ordered = 0
  readonly #timers = new Set<Task>()

  readonly clock = {
    setTimeout: (work: () => void, ms: number): Task => {
      const task = this.after(timerMs(ms), () => {
        this.#timers.delete(task)
        work()
      })
      this.#timers.add(task)
      return task
    },
    clearTimeout: (task: Task | undefined): void => {
      if (!task) return
      this.#timers.delete(task)
      this.cancel(task)
    },
  } satisfies Dependencies['clock']

  /** How many of the clock have been set, and neither cleared nor fired. */
  get timers(): number {
    return this.#timers.size
  }

  /** What falls on the same time happens in the order in which it was asked for. */
  after(delayMs: number, work: () => void): Task {
    const task = { at: this.now + delayMs, order: this.#ordered++, work, isCancelled: false }
    this.#push(task)
    return task
  }

  cancel(task: Task): void {
    task.isCancelled = true
  }

  /** Lets the next thing happen; false where none is due before `endsAt`, to which time has then come. */
  step(endsAt: number): boolean {
    for (let next = this.#tasks[0]; next && next.at <= endsAt; next = this.#tasks[0]) {
      this.#pop()
      if (next.isCancelled) continue
      // What has happened cannot be cancelled.
      next.isCancelled = true
      this.now = next.at
      next.work()
      return true
    }
    if (Number.isFinite(endsAt)) this.now = Math.max(this.now, endsAt)
    return false
  }

  /** A binary heap. */
  #push(task: Task): void {
    const tasks = this.#tasks
    let index = tasks.length
    tasks.push(task)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = tasks[above]
      if (!parent || !isBefore(task, parent)) break
      tasks[index] = parent
      index = above
    }
    tasks[index] = task
  }

  #pop(): void {
    const tasks = this.#tasks
    const last = tasks.pop()
    if (!last || tasks.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [a, b] = [tasks[left], tasks[left + 1]]
      const smaller = a && b && isBefore(b, a) ? left + 1 : left
      const child = tasks[smaller]
      if (!child || !isBefore(child, last)) break
      tasks[index] = child
      index = smaller
    }
    tasks[index] = last
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
