import type { AnyStateMachine } from 'xstate'
import { messageOf } from '../../contract/errors.ts'
import { callMachine } from '../../machines/call.ts'
import { conversationMachine } from '../../machines/conversation.ts'
import { serverMachine } from '../../machines/server.ts'
import { supervisorMachine } from '../../machines/supervisor.ts'
import { problem } from '../http/reply.ts'
import type { Route } from '../http/routes.ts'
import { chartOf } from './layout.ts'
import { svgOf } from './svg.ts'

/** Each is drawn when somebody asks for it, once. */
export function chartRoutes(): Route[] {
  const drawn = new Map<AnyStateMachine, Promise<string>>()
  const draw = (machine: AnyStateMachine) => {
    const known = drawn.get(machine)
    if (known) return known
    const drawing = chartOf(machine).then((chart) => svgOf(chart))
    drawn.set(machine, drawing)
    // The next one who asks may have what was missing.
    drawing.catch(() => drawn.delete(machine))
    return drawing
  }
  return [supervisorMachine, serverMachine, conversationMachine, callMachine].map(
    (machine: AnyStateMachine) => ({
      method: 'GET',
      path: new RegExp(`^/charts/${machine.id}\\.svg$`),
      answer: async () => {
        try {
          const body = await draw(machine)
          return { status: 200, headers: { 'Content-Type': 'image/svg+xml; charset=utf-8' }, body }
        } catch (error) {
          return problem(503, `The statechart cannot be drawn: ${messageOf(error)}`)
        }
      },
    }),
  )
}
