import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { hasCode, messageOf, SwitchboardError } from '../contract/errors.ts'
import { formatVersion, type Heading, type Input, lineSchema, type RecordedDecision } from './tape.ts'

export interface RecordedInput {
  number: number
  at: number
  input: Input
}

/** An input that found the machines at rest, and all that happened until they rested again. */
export interface RecordedStep extends RecordedInput {
  /** Inputs that came meanwhile, each after so many decisions. */
  nested: (RecordedInput & { after: number })[]
  decisions: RecordedDecision[]
}

export interface Tape {
  heading: Heading
  steps: RecordedStep[]
  /** The recording was ended. Otherwise its last lines may be missing. */
  isWhole: boolean
}

const anyHeading = z.looseObject({ line: z.literal('recording'), version: z.unknown() })

/** @throws SwitchboardError `file_missing`, `file_unreadable`, and as `parseTape` */
export function readTape(file: string): Tape {
  try {
    return parseTape(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof SwitchboardError) throw error
    const isMissing = hasCode(error, 'ENOENT')
    if (isMissing) throw new SwitchboardError('file_missing', `${file}: no such file; name a recording`)
    throw new SwitchboardError('file_unreadable', `${file}: cannot be read: ${messageOf(error)}`)
  }
}

/**
 * A last line that is cut is left out: whoever wrote it was killed.
 * @throws SwitchboardError `not_json`, `wrong_form`, with the number of the line
 */
export function parseTape(text: string, file: string): Tape {
  const lines = text.split('\n')
  const last = lines.at(-1) ?? ''
  if (!isJson(last)) lines.pop()
  const [first, ...others] = lines
  if (first === undefined || first.trim() === '') {
    throw new SwitchboardError('wrong_form', `${file}: nothing is recorded in it; record again`)
  }
  const heading = parseHeading(first, file)
  const tape: Tape = { heading, steps: [], isWhole: false }
  for (const [index, line] of others.entries()) {
    if (line.trim() !== '') add(tape, line, `${file}:${index + 2}`)
  }
  return tape
}

function parseHeading(text: string, place: string): Heading {
  const found = anyHeading.safeParse(isJson(text) ? JSON.parse(text) : undefined)
  if (!found.success) throw new SwitchboardError('wrong_form', `${place}:1: this is no recording`)
  const { version } = found.data
  if (version !== formatVersion) {
    const words = `a recording in format ${version}, and this version reads format ${formatVersion}`
    throw new SwitchboardError('wrong_form', `${place}:1: ${words}; replay it with the version that wrote it`)
  }
  const line = parseLine(text, `${place}:1`)
  if (line.line !== 'recording') throw new SwitchboardError('wrong_form', `${place}:1: this is no recording`)
  return line
}

function add(tape: Tape, text: string, place: string): void {
  const line = parseLine(text, place)
  const { steps } = tape
  if (line.line === 'end') {
    tape.isWhole = true
    return
  }
  if (line.line === 'recording')
    throw new SwitchboardError('wrong_form', `${place}: a second heading; cut here`)
  if (line.line === 'input' && !line.nested) {
    const { number, at, input } = line
    steps.push({ number, at, input, nested: [], decisions: [] })
    return
  }
  const step = steps.at(-1)
  if (!step) throw new SwitchboardError('wrong_form', `${place}: it stands before the first input; remove it`)
  if (line.line === 'decision') step.decisions.push(line.decision)
  else {
    const { number, at, input } = line
    step.nested.push({ number, at, input, after: step.decisions.length })
  }
}

function parseLine(text: string, place: string): z.infer<typeof lineSchema> {
  const result = lineSchema.safeParse(parseJson(text, place))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.')
  throw new SwitchboardError(
    'wrong_form',
    `${place}: ${path ? `${path}: ` : ''}${issue?.message}; restore the line, or cut the file before it`,
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SwitchboardError('not_json', `${place}: not JSON; restore the line, or cut the file before it`)
  }
}
