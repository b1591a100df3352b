import type { JsonObject } from '../../../../../contract/protocol.ts'

/** A value that can be chosen. */
export interface Choice {
  label: string
  value: unknown
}

/** One argument of a function, as a person gives it. `json`: written as JSON, for what has parts of its own. */
export interface Field {
  name: string
  label: string
  description: string
  isRequired: boolean
  kind: 'text' | 'number' | 'integer' | 'choice' | 'json'
  choices: Choice[]
  /** What it holds at first, as it is typed; of a choice, the index of it. */
  initial: string
  /** What it must be like, in words. */
  hint: string
  examples: string[]
  schema: JsonObject
}

const maxChoices = 200
const maxExamples = 20

/** The arguments that a schema names; nothing where it says too little of them to make fields. */
export function fieldsOf(schema: JsonObject): Field[] | undefined {
  const { properties = {}, required, additionalProperties } = schema
  if (!isObject(properties)) return undefined
  const names = Object.keys(properties)
  if (names.length === 0) return additionalProperties === false || !canHoldMore(schema) ? [] : undefined
  const needed = new Set(Array.isArray(required) ? required : [])
  return names.map((name) => {
    const property = properties[name]
    return fieldOf(name, isObject(property) ? property : {}, needed.has(name))
  })
}

function fieldOf(name: string, schema: JsonObject, isRequired: boolean): Field {
  const choices = choicesOf(schema)
  const kind = choices ? 'choice' : kindOf(schema)
  const preset = presetOf(schema)
  return {
    name,
    label: typeof schema.title === 'string' && schema.title !== '' ? schema.title : name,
    description: typeof schema.description === 'string' ? schema.description : '',
    ...{ isRequired, kind, schema },
    choices: choices ?? [],
    initial: preset === undefined ? '' : initialOf(preset, kind, choices ?? []),
    hint: hintOf(schema, kind),
    examples: kind === 'text' ? examplesOf(schema) : [],
  }
}

/** Whether somebody has to think of arguments that it does not name. */
function canHoldMore({
  additionalProperties,
  patternProperties,
  anyOf,
  oneOf,
  allOf,
  $ref,
}: JsonObject): boolean {
  return [additionalProperties, patternProperties, anyOf, oneOf, allOf, $ref].some((one) => one !== undefined)
}

function choicesOf(schema: JsonObject): Choice[] | undefined {
  if ('const' in schema) return [choiceOf(schema.const)]
  if (Array.isArray(schema.enum) && schema.enum.length <= maxChoices) return schema.enum.map(choiceOf)
  if (typeOf(schema) === 'boolean') {
    return [
      { label: 'yes', value: true },
      { label: 'no', value: false },
    ]
  }
  return undefined
}

function choiceOf(value: unknown): Choice {
  return { label: typeof value === 'string' && value !== '' ? value : JSON.stringify(value), value }
}

function kindOf(schema: JsonObject): Exclude<Field['kind'], 'choice'> {
  const type = typeOf(schema)
  if (type === 'string') return 'text'
  return type === 'number' || type === 'integer' ? type : 'json'
}

/** Where it may also be null, what else it is. */
function typeOf({ type, anyOf, oneOf, allOf, $ref }: JsonObject): unknown {
  if ([anyOf, oneOf, allOf, $ref].some((one) => one !== undefined)) return undefined
  if (!Array.isArray(type)) return type
  const others = type.filter((one) => one !== 'null')
  return others.length === 1 ? others[0] : undefined
}

function presetOf(schema: JsonObject): unknown {
  return 'default' in schema ? schema.default : schema.const
}

function initialOf(preset: unknown, kind: Field['kind'], choices: readonly Choice[]): string {
  if (kind === 'choice') {
    const index = choices.findIndex(({ value }) => JSON.stringify(value) === JSON.stringify(preset))
    return index === -1 ? '' : String(index)
  }
  if (kind === 'json') return JSON.stringify(preset, null, 2)
  return typeof preset === 'string' || typeof preset === 'number' ? String(preset) : ''
}

function examplesOf({ examples }: JsonObject): string[] {
  if (!Array.isArray(examples)) return []
  return examples.filter((one) => typeof one === 'string').slice(0, maxExamples)
}

function hintOf(schema: JsonObject, kind: Field['kind']): string {
  const { minimum, maximum, minLength, maxLength, pattern, format, examples } = schema
  const example = Array.isArray(examples) && kind !== 'text' && kind !== 'choice' ? examples[0] : undefined
  const parts = [
    kind === 'integer' ? 'a whole number' : '',
    kind === 'number' ? 'a number' : '',
    kind === 'json' ? `${jsonNoun(schema)}, as JSON` : '',
    typeof minimum === 'number' ? `at least ${minimum}` : '',
    typeof maximum === 'number' ? `at most ${maximum}` : '',
    typeof minLength === 'number' && minLength > 1 ? `at least ${minLength} characters` : '',
    typeof maxLength === 'number' ? `at most ${maxLength} characters` : '',
    typeof format === 'string' ? `format: ${format}` : '',
    typeof pattern === 'string' ? `like ${pattern}` : '',
    example === undefined ? '' : `for example ${JSON.stringify(example)}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

export function jsonNoun(schema: JsonObject): string {
  const type = typeOf(schema)
  if (type === 'array') return 'a list'
  return type === 'object' ? 'an object' : 'a value'
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
