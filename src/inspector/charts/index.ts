export { activeStatesOf, edgeIdOf } from './identity.ts'
export { type Chart, chartOf } from './layout.ts'
export { svgOf } from './svg.ts'
