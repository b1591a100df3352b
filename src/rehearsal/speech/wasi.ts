/**
 * The thirteen WASI imports of Flite, in memory: one preopened directory, one file to write, text on stdout and stderr.
 * `node:wasi` would print an ExperimentalWarning and need temporary files.
 */
export const outputFile = 'out.wav'

const badDescriptor = 8
const noSuchFile = 44
const notSeekable = 29
const directoryDescriptor = 3
const fileDescriptor = 4
const allRights = 0xffffffffffffffffn

class Exit extends Error {}

interface MemoryFile {
  bytes: Uint8Array
  length: number
  position: number
}

export interface Job {
  arguments: Uint8Array[]
  text: Uint8Array[]
  file?: MemoryFile
}

export function newJob(argv: string[]): Job {
  const encoder = new TextEncoder()
  return { arguments: ['flite', ...argv].map((text) => encoder.encode(`${text}\0`)), text: [] }
}

/** Runs a WASI command to its end; `proc_exit` is how it ends. */
export function runToExit(start: () => void): void {
  try {
    start()
  } catch (error) {
    if (!(error instanceof Exit)) throw error
  }
}

function append(file: MemoryFile, chunk: Uint8Array): void {
  const end = file.position + chunk.length
  if (end > file.bytes.length) {
    const grown = new Uint8Array(Math.max(file.bytes.length * 2, end))
    grown.set(file.bytes.subarray(0, file.length))
    file.bytes = grown
  }
  file.bytes.set(chunk, file.position)
  file.position = end
  file.length = Math.max(file.length, end)
}

/** `memory` and `job` are asked for at each call: the memory may have grown, and each run is another job. */
export function wasiImports(memory: () => WebAssembly.Memory, job: () => Job) {
  const bytes = () => new Uint8Array(memory().buffer)
  const view = () => new DataView(memory().buffer)
  return {
    args_sizes_get(countAt: number, sizeAt: number) {
      const size = job().arguments.reduce((sum, argument) => sum + argument.length, 0)
      view().setUint32(countAt, job().arguments.length, true)
      view().setUint32(sizeAt, size, true)
      return 0
    },
    args_get(pointersAt: number, textAt: number) {
      let at = textAt
      for (const [index, argument] of job().arguments.entries()) {
        view().setUint32(pointersAt + 4 * index, at, true)
        bytes().set(argument, at)
        at += argument.length
      }
      return 0
    },
    clock_time_get(_clock: number, _precision: bigint, resultAt: number) {
      view().setBigUint64(resultAt, BigInt(Date.now()) * 1_000_000n, true)
      return 0
    },
    fd_prestat_get(descriptor: number, resultAt: number) {
      if (descriptor !== directoryDescriptor) return badDescriptor
      view().setUint32(resultAt, 0, true)
      view().setUint32(resultAt + 4, 1, true)
      return 0
    },
    fd_prestat_dir_name(_descriptor: number, pathAt: number) {
      bytes()[pathAt] = '/'.charCodeAt(0)
      return 0
    },
    fd_fdstat_get(descriptor: number, resultAt: number) {
      const type = descriptor === directoryDescriptor ? 3 : descriptor < directoryDescriptor ? 2 : 4
      bytes().fill(0, resultAt, resultAt + 24)
      bytes()[resultAt] = type
      view().setBigUint64(resultAt + 8, allRights, true)
      view().setBigUint64(resultAt + 16, allRights, true)
      return 0
    },
    fd_fdstat_set_flags: () => 0,
    path_open(
      _directory: number,
      _lookup: number,
      pathAt: number,
      pathLength: number,
      _open: number,
      _rights: bigint,
      _inheriting: bigint,
      _flags: number,
      resultAt: number,
    ) {
      const path = new TextDecoder().decode(bytes().slice(pathAt, pathAt + pathLength))
      if (path.replace(/^\//, '') !== outputFile) return noSuchFile
      job().file = { bytes: new Uint8Array(1 << 18), length: 0, position: 0 }
      view().setUint32(resultAt, fileDescriptor, true)
      return 0
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, resultAt: number) {
      const { file } = job()
      if (descriptor !== fileDescriptor || !file) return notSeekable
      const base = whence === 0 ? 0 : whence === 1 ? file.position : file.length
      file.position = base + Number(offset)
      view().setBigUint64(resultAt, BigInt(file.position), true)
      return 0
    },
    fd_read(_descriptor: number, _buffers: number, _count: number, resultAt: number) {
      view().setUint32(resultAt, 0, true)
      return 0
    },
    fd_write(descriptor: number, buffersAt: number, count: number, resultAt: number) {
      const { file } = job()
      let written = 0
      for (let index = 0; index < count; index++) {
        const at = view().getUint32(buffersAt + 8 * index, true)
        const length = view().getUint32(buffersAt + 8 * index + 4, true)
        const chunk = bytes().subarray(at, at + length)
        if (descriptor === fileDescriptor && file) append(file, chunk)
        else job().text.push(chunk.slice())
        written += length
      }
      view().setUint32(resultAt, written, true)
      return 0
    },
    fd_close: () => 0,
    proc_exit(): number {
      throw new Exit()
    },
  }
}
