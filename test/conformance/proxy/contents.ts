/** One pixel, and no sound. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const wav = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='

export const textOf = (text: string) => ({ type: 'text', text }) as const
export const image = { type: 'image', data: png, mimeType: 'image/png' } as const
export const audio = { type: 'audio', data: wav, mimeType: 'audio/wav' } as const
export const resourceOf = (uri: string, mimeType: string, text: string) =>
  ({ type: 'resource', resource: { uri, mimeType, text } }) as const
