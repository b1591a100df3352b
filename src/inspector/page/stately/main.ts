import { applyTheme } from '../theme.ts'

const origin = 'https://stately.ai'
/** For its page to be loaded and to say that it is there. */
const patienceMs = 20_000
/** Between two counts, which are also read aloud. */
const countEveryMs = 2_000

/** Shows a frame of Stately's what `/stately/live` tells, once its page has said that it is there. */
class Bridge {
  #frame: HTMLIFrameElement | undefined
  #socket: WebSocket | undefined
  #waiting: ReturnType<typeof setTimeout> | undefined
  #counting: ReturnType<typeof setTimeout> | undefined
  #shown = 0

  constructor(
    private readonly place: HTMLElement,
    private readonly say: (status: string) => void,
  ) {
    addEventListener('message', ({ source, origin: from, data }: MessageEvent<unknown>) => {
      const isStately = from === origin && source !== null && source === this.#frame?.contentWindow
      if (isStately && isConnected(data)) this.#feed()
    })
  }

  show(): void {
    const frame = document.createElement('iframe')
    frame.title = "Stately's inspector"
    // It may run and store things, and cannot lead this page anywhere.
    frame.sandbox.add('allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-popups')
    frame.referrerPolicy = 'no-referrer'
    frame.src = `${origin}/inspect`
    this.#frame = frame
    this.place.replaceChildren(frame)
    this.say("Waiting for Stately's page …")
    this.#waiting = setTimeout(
      () => this.say("Stately's page has not answered. It needs the internet; is stately.ai reachable?"),
      patienceMs,
    )
  }

  stop(): void {
    clearTimeout(this.#waiting)
    this.#frame = undefined
    this.#socket?.close()
    this.#socket = undefined
    this.place.replaceChildren()
    this.say('Stopped: Stately is shown nothing any more.')
  }

  /** Also when its page was loaded again: it is told of everything anew. */
  #feed(): void {
    clearTimeout(this.#waiting)
    this.#socket?.close()
    this.#shown = 0
    const socket = new WebSocket(`ws://${location.host}/stately/live`)
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket) return
      this.#frame?.contentWindow?.postMessage(JSON.parse(data), origin)
      this.#shown += 1
      this.#counting ??= setTimeout(() => this.#count(socket), countEveryMs)
    })
    socket.addEventListener('close', () => {
      if (socket !== this.#socket) return
      this.#socket = undefined
      this.say('The connection to Switchboard is lost; load this page again.')
    })
  }

  #count(socket: WebSocket): void {
    this.#counting = undefined
    if (socket === this.#socket) this.say(`${this.#shown} messages shown`)
  }
}

function isConnected(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === '@statelyai.connected'
}

const [show, stop, status, place] = ['#show', '#stop', '#status', '#frame'].map((selector) =>
  document.querySelector<HTMLElement>(selector),
)
applyTheme()
if (show instanceof HTMLButtonElement && stop instanceof HTMLButtonElement && status && place) {
  const bridge = new Bridge(place, (words) => {
    status.textContent = words
  })
  const choose = (isShown: boolean) => {
    show.disabled = isShown
    stop.disabled = !isShown
    if (isShown) bridge.show()
    else bridge.stop()
  }
  show.addEventListener('click', () => choose(true))
  stop.addEventListener('click', () => choose(false))
}
