/** Everything that is measured, in the order of the table. Each gives rows. */
import { measureConversations } from './load/conversations-run.mjs'
import { callRows, conversationRows, fiftyRows, scalingRows, startRows } from './load/rows.mjs'
import { memoryRows } from './memory-rows.mjs'
import { killRows, neighbourRows, recoveryRows, silenceRows } from './recovery.mjs'
import { runScript } from './script.mjs'
import { startUpRows } from './start-up.mjs'
import { pageRows, voiceRows } from './tools.mjs'

/** `isLoad`: what `--only load` stands for. */
export const measurements = [
  {
    name: 'call',
    title: 'One call',
    about: 'To a tool that does nothing; 4,000 calls each, in turns of 50.',
    isLoad: true,
    measure: async () => callRows(await runScript('load/one-call.mjs')),
  },
  {
    name: 'fifty',
    title: '50 calls at once',
    about:
      'Of 50 callers, each of which waits for an answer before its next call: through one client of the SDK for all, and a conversation for each. To a tool that does nothing, and to one that takes 20 ms; 10,000 calls each, in turns of 500.',
    isLoad: true,
    measure: async () => fiftyRows(await runScript('load/many-calls.mjs')),
  },
  {
    name: 'import',
    title: "import('mcp-switchboard')",
    about:
      'Beside the two packages that it cannot do without; each in a process of its own, 15 of each, in turns.',
    isLoad: true,
    measure: startUpRows,
  },
  {
    name: 'start',
    title: 'Start of 20 servers',
    about:
      'Side by side, until all have listed their tools; over HTTP they run already. The clients of the SDKs are told which version of MCP it is, the switchboard finds it out.',
    isLoad: true,
    measure: async () => startRows(await runScript('load/start.mjs')),
  },
  {
    name: 'conversations',
    title: '1,000 conversations over 20 servers, on one core',
    about:
      'Ten servers over stdio and ten over HTTP, ten tools each, on other cores. Each conversation makes a call every 4 s; the SDKs first, then the switchboard. Then the same with one server of each transport killed.',
    isLoad: true,
    measure: async () => conversationRows(await measureConversations()),
  },
  {
    name: 'scaling',
    title: 'Processor time for a call, as there are more',
    about: 'MCP 2026-07-28 over stdio; the idle servers are HTTP. The SDK first, then the switchboard.',
    isLoad: true,
    measure: async () => scalingRows(await runScript('load/scaling.mjs')),
  },
  {
    name: 'kills',
    title: 'Told after a kill',
    about: 'A server is killed while a call is there, or just before it comes.',
    isLoad: true,
    measure: killRows,
  },
  {
    name: 'recovery',
    title: 'Recovery',
    about: 'The reference server of MCP, over stdio.',
    isLoad: true,
    measure: recoveryRows,
  },
  {
    name: 'neighbours',
    title: 'Beside broken servers',
    about: 'From the start until three good servers are usable.',
    isLoad: true,
    measure: neighbourRows,
  },
  {
    name: 'silence',
    title: 'A server that is silent',
    about: 'It is stopped (SIGSTOP) with a call in flight.',
    measure: silenceRows,
  },
  {
    name: 'memory',
    title: 'Memory over 100,000 calls',
    about: 'Half are answered, a quarter is cancelled, a quarter times out.',
    measure: memoryRows,
  },
  {
    name: 'voice',
    title: 'A spoken call',
    about: 'Slow functions, each interrupted, at real time.',
    measure: voiceRows,
  },
  {
    name: 'page',
    title: 'The page',
    about: 'In a real Chromium, also before many servers and conversations.',
    measure: pageRows,
  },
  {
    name: 'registry',
    title: 'The registry',
    about: "One user's servers of 10,000 of 1,000 users, and changes in a running call.",
    measure: () => runScript('registry-process.mjs'),
  },
]
