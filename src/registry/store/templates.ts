import { randomUUID } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { templates } from '../database/schema.ts'
import { StoreError, type TemplateStore } from '../store.ts'
import { audit, isUuid, nameTaken, type Parts } from './parts.ts'

export function templateStore({ database }: Parts): TemplateStore {
  return {
    list: () => database.read((queries) => queries.select().from(templates).orderBy(asc(templates.name))),
    get: async (id) => {
      if (!isUuid(id)) return undefined
      const [row] = await database.read((queries) =>
        queries.select().from(templates).where(eq(templates.id, id)),
      )
      return row
    },
    add: (actor, { name, description, url, needs }) => {
      const template = { id: randomUUID(), name, description, url, needs }
      const work = database.transaction(async (queries) => {
        await queries.insert(templates).values(template)
        await audit(queries, { actor, action: 'template.added', subject: template.id, details: { name } })
        return template
      })
      return nameTaken('templates_name', `there is a template named “${name}” already`, work)
    },
    remove: (actor, id) =>
      database.transaction(async (queries) => {
        const notFound = new StoreError('not_found', 'there is no such template')
        if (!isUuid(id)) throw notFound
        const [row] = await queries.delete(templates).where(eq(templates.id, id)).returning()
        if (row === undefined) throw notFound
        const details = { name: row.name }
        await audit(queries, { actor, action: 'template.removed', subject: row.id, details })
      }),
  }
}
