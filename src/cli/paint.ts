import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/**
 * In colour where `stream` is a terminal that has it. `NO_COLOR` (https://no-color.org) and `FORCE_COLOR` come before that, as in
 * Node itself.
 */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  // One by one: of several at once Node 20 does not ask the stream.
  return (style, text) =>
    [style].flat().reduceRight((painted, one) => styleText(one, painted, { stream }), text)
}
