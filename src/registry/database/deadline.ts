import { DatabaseUnreachable, databaseFailure } from './failures.ts'

/** Ends in time, whatever the driver does. `assertInTime` throws once nobody waits any more. */
export async function withDeadline<Result>(
  deadlineMs: number,
  work: (assertInTime: () => void) => Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  let isLate = false
  const late = () =>
    new DatabaseUnreachable(`the database has not answered in ${deadlineMs} ms; try again later`)
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true
      reject(late())
    }, deadlineMs)
  })
  try {
    const done = work(() => {
      if (isLate) throw late()
    })
    return await Promise.race([done, deadline])
  } catch (error) {
    throw databaseFailure(error)
  } finally {
    clearTimeout(timer)
  }
}
