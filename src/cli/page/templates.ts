import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { messageOf } from '../../contract/errors.ts'
import type { TemplateStore } from '../../registry/store.ts'
import { newTemplateSchema } from '../../registry/wire.ts'
import { UsageError } from '../failure.ts'

const templatesSchema = z.array(newTemplateSchema)

/** Adds those whose names are not there yet; those that are there stay as they are. */
export async function addTemplates(store: Pick<TemplateStore, 'list' | 'add'>, file: string): Promise<void> {
  const known = new Set((await store.list()).map(({ name }) => name))
  for (const template of await read(file)) {
    if (!known.has(template.name)) await store.add({ name: 'operator (command line)' }, template)
  }
}

/** @throws UsageError */
async function read(file: string): Promise<z.output<typeof templatesSchema>> {
  try {
    const parsed = templatesSchema.safeParse(JSON.parse(await readFile(file, 'utf8')))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw new Error(issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is no list of templates')
  } catch (error) {
    throw new UsageError(`--templates ${file}: ${messageOf(error)}; see examples/templates.json`)
  }
}
