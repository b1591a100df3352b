import { Phone, type PhoneListener } from './phone.ts'

let listener: PhoneListener | undefined

/** Of this tab: it goes on while somebody looks at another view, and ends when the tab goes to another page. */
export const ownPhone = new Phone({
  onChange: () => listener?.onChange(),
  onLevel: (who, level) => listener?.onLevel(who, level),
  onNews: (text) => listener?.onNews(text),
})

export function listenToOwnPhone(to: PhoneListener): void {
  listener = to
}

export function isCallRunning(): boolean {
  return ownPhone.state.phase !== 'idle'
}
