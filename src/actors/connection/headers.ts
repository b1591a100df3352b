/** Made anew only where they come as something else: both SDKs give `Headers`. */
export function asHeaders(headers: RequestInit['headers']): Headers {
  return headers instanceof Headers ? headers : new Headers(headers)
}
