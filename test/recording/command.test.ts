import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../cli/support.ts'
import { newFile } from './support.ts'

const tape = (name: string) => fileURLToPath(new URL(`../replays/${name}.jsonl`, import.meta.url))

test('a recording is shown as a timeline, and that it is decided in the same way', async () => {
  expect(await run(['replay', tape('killed-during-a-payment')])).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      '   0.054 s  host      start bank',
      '                             → dial bank, generation 1',
      '                             → bank is connecting',
      '   1.233 s  bank      connected, process 1270',
      '   1.269 s  bank      lists charge',
      '                             → bank is ready',
      '   1.294 s  call      charge {"amount":1,"until":"never"}',
      '   1.311 s  bank      call.sent: charge',
      '                             → charge is at bank',
      '   1.340 s  bank      lost: its process ended (signal SIGKILL)',
      '                             → bank is reconnecting: its process ended (signal SIGKILL)',
      '                             → charge ends: connection_lost, effect unknown, 46 ms',
      '   1.361 s  call      charge {"amount":2}',
      '   1.370 s  timer     7.1: 0 ms have passed',
      '                             → dial bank, generation 2',
      '   1.754 s  bank      connected, process 1281',
      '   1.758 s  bank      lists charge',
      '                             → bank is ready',
      '   1.763 s  bank      call.sent: charge',
      '                             → charge is at bank',
      '   1.773 s  bank      call.ended: charge',
      '                             → charge is answered by bank, 412 ms',
      '   1.787 s  host      stop',
      '                             → bank is closing',
      '   1.843 s  bank      closed',
      '                             → bank is closed',
      '',
      'The same 50 decisions as recorded, after 21 inputs.',
      '',
    ].join('\n'),
  })
})

test('with --all, timers and what nobody is told are shown too', async () => {
  const { stdout } = await run(['replay', tape('waits-for-the-start'), '--all'])
  expect(stdout.split('\n')).toEqual([
    '   0.005 s  host      start bank',
    '                             → dial bank, generation 1',
    '                             → timer 1.2: 20000 ms',
    '                             → bank is connecting',
    '                             → bank is connecting still',
    '   0.008 s  host      conversation 0 begins',
    '   0.008 s  call      charge {"amount":1}',
    '                             → charge begins',
    '                             → timer 3.1: 15000 ms',
    '                             → timer 3.2: 10000 ms',
    '   0.307 s  bank      connected, process 1405',
    '   0.319 s  bank      lists charge',
    '                             → timer 3.2 is cleared',
    '                             → bank is ready',
    '                             → functions: charge',
    '                             → timer 1.2 is cleared',
    '                             → timer 5.1: 10000 ms',
    '                             → timer 5.2: 30000 ms',
    '                             → tell bank: call {"callId":"24df0abe-2890-4d6c-9b3b-b455a6820e41","tool":"charge","arguments":{"amount":1}}',
    '                             → timer 5.1 is cleared',
    '                             → timer 5.3: 2000 ms',
    '   0.327 s  bank      call.sent: charge',
    '                             → charge is at bank',
    '   0.339 s  bank      call.ended: charge',
    '                             → charge is answered by bank, 331 ms',
    '                             → timer 3.1 is cleared',
    '   0.348 s  host      conversation 0 ends',
    '   0.348 s  host      stop',
    '                             → timer 5.3 is cleared',
    '                             → timer 5.2 is cleared',
    '                             → tell bank: close {}',
    '                             → bank is closing',
    '                             → functions: none',
    '   0.384 s  bank      closed',
    '                             → bank is closed',
    '   0.385 s  bank      connection 1.1 is gone',
    '',
    'The same 25 decisions as recorded, after 11 inputs.',
    '',
  ])
})

test('a decision that differs is shown, and the exit code is 1', async () => {
  const file = newFile()
  const text = readFileSync(tape('waits-for-the-start'), 'utf8')
  writeFileSync(file, text.replace('"patienceMs":10000', '"patienceMs":20').replace('charged 1', 'charged 9'))
  const { code, stdout } = await run(['replay', file])
  expect({ code, stdout: stdout.slice(stdout.indexOf('otherwise')) }).toEqual({
    code: 1,
    stdout: [
      'otherwise after input 3, function.call, at 0.008 s',
      '  timer.set             delayMs',
      '  expected              10000',
      '  actual                20',
      '',
      'otherwise after input 7, connection.event, at 0.339 s',
      '  published             event.outcome.content.0.text',
      '  expected              "charged 1 by 1405"',
      '  actual                "charged 9 by 1405"',
      '  published             event.outcome.text',
      '  expected              "charged 1 by 1405"',
      '  actual                "charged 9 by 1405"',
      '',
      'Decided otherwise than recorded in 2 places, after 11 inputs.',
      '',
    ].join('\n'),
  })
})

test('nothing in a recording steers the terminal', async () => {
  const file = newFile()
  const text = readFileSync(tape('killed-during-a-payment'), 'utf8')
  writeFileSync(file, text.replaceAll('bank', '\\u001b[31mbank').replaceAll('SIGKILL', '\\u202e\\nSIGKILL'))
  const { code, stdout } = await run(['replay', file])
  expect(code).toBe(0)
  expect(stdout).toContain('lost: its process ended (signal SIGKILL)')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(stdout).not.toMatch(/[\u001b\u202e]/)
})

test('with --json there is one object a line, and a summary at the end', async () => {
  const { code, stdout } = await run(['replay', tape('waits-for-the-start'), '--json'])
  const lines = stdout.trimEnd().split('\n')
  const objects = lines.map((line): unknown => JSON.parse(line))
  expect(code).toBe(0)
  expect(objects).toHaveLength(11 + 25 + 1)
  expect(objects[1]).toEqual({
    atMs: 5,
    decision: { type: 'connection.dialled', connection: '1.1', server: 'bank', generation: 1 },
  })
  expect(objects.at(-1)).toEqual({
    summary: { same: true, inputs: 11, decisions: 25, isWhole: true, differences: 0 },
  })
})

test('what cannot be replayed is said in one line, and the exit code is 2', async () => {
  const file = newFile()
  expect(await run(['replay', file])).toEqual({
    code: 2,
    stdout: '',
    stderr: `switchboard: ${file}: no such file; name a recording\n`,
  })
  writeFileSync(file, 'something else\n')
  expect(await run(['replay', file])).toEqual({
    code: 2,
    stdout: '',
    stderr: `switchboard: ${file}:1: this is no recording\n`,
  })
  expect(await run(['replay'])).toEqual({
    code: 2,
    stdout: '',
    stderr:
      "switchboard: missing required argument 'file': the recording; `switchboard replay --help` says what it takes\n",
  })
})

test('a rehearsal is recorded with --record, and replayed', async () => {
  const file = newFile()
  const folder = newFile('call.wav')
  const typed = ['--type', 'search the web for state machines', '--speed', '8']
  const rehearsed = await run(['rehearse', ...typed, '--out', folder, '--record', file])
  expect(rehearsed.code, rehearsed.stdout).toBe(0)
  const { code, stdout } = await run(['replay', file])
  expect(stdout).toContain('search_web {"query":"state machines"}')
  expect(stdout).toMatch(/\nThe same \d+ decisions as recorded, after \d+ inputs\.\n$/)
  expect(code).toBe(0)
})
