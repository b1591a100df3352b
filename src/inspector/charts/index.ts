export { activeStatesOf, edgeIdOf } from './identity.ts'
export { type Chart, chartOf } from './layout.ts'
export { chartRoutes } from './routes.ts'
export { svgOf } from './svg.ts'
