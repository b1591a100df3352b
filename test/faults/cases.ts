import { type Era, eras, type Transport } from '../support/transports.ts'

/** In which eras a row of the table exists. */
export interface InEras<Row> {
  /** The only one, and why the other has nothing of the kind. */
  only?: { era: Era; because: string }
  /** What is otherwise in MCP 2026-07-28. */
  modern?: Partial<Row>
}

/** A row over one transport, in one era. */
export interface Case<Row> {
  row: Row
  over: Transport
  era: Era
  /** In its table; the tests may run in any order. */
  position: number
}

type Tabled<Row> = InEras<Row> & { fault: string; over: readonly Transport[] }

export function casesOf<Row extends Tabled<Row>>(rows: readonly Row[]): Case<Row>[] {
  return rows.flatMap((all, position) =>
    eras
      .filter((era) => all.only === undefined || all.only.era === era)
      .flatMap((era) => {
        const row = era === 'modern' ? { ...all, ...all.modern } : all
        return row.over.map((over) => ({ row, over, era, position }))
      }),
  )
}

/** Those with the same key together, for `test.each`: the key, and the cases. */
export function groupedBy<Row>(cases: readonly Case<Row>[], keyOf: (one: Case<Row>) => string) {
  const groups = new Map<string, Case<Row>[]>()
  for (const one of cases) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return [...groups]
}
