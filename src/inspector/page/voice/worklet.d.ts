/** What an `AudioWorkletGlobalScope` has, as far as it is used here; TypeScript's own libraries do not have it. */
declare const sampleRate: number

declare class AudioWorkletProcessor {
  readonly port: MessagePort
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void
