/** The few members of WebAssembly that are used here; `@types/node` 20 has none and `lib.dom` is not wanted. */
declare namespace WebAssembly {
  interface Module {
    readonly opaque?: never
  }
  interface Instance {
    readonly exports: Record<string, unknown>
  }
  class Memory {
    readonly buffer: ArrayBuffer
  }
  function compile(bytes: Uint8Array): Promise<Module>
  function instantiate(
    module: Module,
    imports: Record<string, Record<string, (...args: never[]) => number>>,
  ): Promise<Instance>
}
