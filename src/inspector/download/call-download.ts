import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Reply, StreamedBody } from '../http/reply.ts'
import type { CallDetails, ConversationView, ServerView } from '../wire.ts'
import { type TarFile, tar, tarSize } from './tar.ts'
import { transcript } from './transcript.ts'

export interface CallParts {
  conversation: ConversationView
  /** Its calls, in the order in which they began. */
  calls: CallDetails[]
  /** Those that it could use. */
  servers: ServerView[]
  /** WAV. */
  recording?: StreamedBody | undefined
  /** What `recordTo` writes, of the whole switchboard. May still be written to. */
  tapeFile?: string | undefined
  /** Epoch milliseconds. */
  at: number
}

/**
 * Everything that is known of one call, as one archive. What is still going on is in it as far as it has come. A tape that cannot be
 * read is left out, and the archive says so.
 */
export async function callDownload(parts: CallParts): Promise<Reply> {
  const { conversation, at } = parts
  const folder = `call-${new Date(conversation.startedAt).toISOString().slice(0, 19).replaceAll(':', '-')}`
  const files = (await filesOf(parts)).map((file) => ({ ...file, name: `${folder}/${file.name}` }))
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/x-tar',
      'Content-Disposition': `attachment; filename="${folder}.tar"`,
    },
    body: { size: tarSize(files), chunks: tar(files, at) },
  }
}

async function filesOf(parts: CallParts): Promise<TarFile[]> {
  const { conversation, calls, servers, recording, tapeFile, at } = parts
  const tape = tapeFile === undefined ? undefined : await tapeOf(tapeFile)
  const states = servers.map(({ name, conversationId, states }) => ({ name, conversationId, states }))
  const whole = { downloadedAt: at, conversation, calls, servers: states }
  return [
    inMemory(
      'README.txt',
      readme({ hasRecording: recording !== undefined, hasTape: tape !== undefined, tapeFile }),
    ),
    inMemory('transcript.txt', transcript(conversation, calls)),
    inMemory('conversation.json', `${JSON.stringify(whole, null, 2)}\n`),
    ...(recording ? [{ name: 'recording.wav', size: recording.size, content: () => recording.chunks }] : []),
    ...(tape ? [tape] : []),
  ]
}

function inMemory(name: string, content: string): TarFile {
  const bytes = Buffer.from(content)
  return { name, size: bytes.byteLength, content: () => [bytes] }
}

/** As far as it is written now: a last line that is cut is no matter to a replay. */
async function tapeOf(path: string): Promise<TarFile | undefined> {
  try {
    const facts = await stat(path)
    if (!facts.isFile() || facts.size === 0) return undefined
    const { size } = facts
    return { name: 'call.jsonl', size, content: () => createReadStream(path, { end: size - 1 }) }
  } catch {
    return undefined
  }
}

interface ReadmeFacts {
  hasRecording: boolean
  hasTape: boolean
  tapeFile: string | undefined
}

function readme({ hasRecording, hasTape, tapeFile }: ReadmeFacts): string {
  const noTape =
    tapeFile === undefined
      ? 'There is no call.jsonl to replay: nothing was recorded (recordTo, or --record).'
      : 'There is no call.jsonl to replay: the recording could not be read.'
  return [
    'One call, as Switchboard saw it. Secrets of the configuration are hidden; words of callers and servers are not.',
    '',
    'transcript.txt     what was said (the newest 400 turns), and what was called, each cut where it is long',
    'conversation.json  the same for programs: each call with its arguments, outcome and events, and the states of the servers',
    ...(hasRecording ? ['recording.wav      the caller left, the agent right; long silences are cut'] : []),
    ...(hasTape
      ? [
          'call.jsonl         what all machines were told and decided, other conversations too;',
          '                   npx switchboard replay call.jsonl',
        ]
      : [noTape]),
    '',
  ].join('\n')
}
