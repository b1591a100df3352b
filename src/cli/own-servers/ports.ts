import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { z } from 'zod'

const portsSchema = z.strictObject({
  authorization: z.number().int(),
  mail: z.number().int(),
  web: z.number().int(),
})
export type Ports = z.infer<typeof portsSchema>

/** The same with each start: who has added a server finds it again. Free ones at first; they stand in `file`. */
export async function portsIn(file: string): Promise<Ports> {
  const known = await readPorts(file)
  if (known) return known
  const [authorization = 0, mail = 0, web = 0] = await freePorts(3)
  const ports = { authorization, mail, web }
  await writeFile(file, `${JSON.stringify(ports)}\n`)
  return ports
}

/** Undefined also where what stands there is none of ours any more. */
async function readPorts(file: string): Promise<Ports | undefined> {
  try {
    return portsSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** All at once, so that they are different ones. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : 0
    }),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
