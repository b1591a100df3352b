import type { View } from '../view.ts'
import { TimelinePage } from './timeline/timeline-page.ts'

let page: TimelinePage | undefined

export const timelineView: View = {
  name: 'timeline',
  otherNames: ['calls'],
  label: 'Timeline',
  render: (app) => {
    page ??= new TimelinePage(app)
    return page.render()
  },
}
