import { Command } from 'commander'
import { jsonLinesOption } from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText } from '../help.ts'

const help = helpText({
  exitCodes: {
    0: 'the machines decide what was recorded',
    1: 'they decide otherwise somewhere',
    2: 'the recording cannot be read',
  },
  examples: ['rehearse --record call.jsonl', 'replay call.jsonl'],
})

export function replayCommand(ended: Ended): Command {
  return new Command('replay')
    .summary('Run a recording through the same machines again')
    .description(
      'Run a recording (`createSwitchboard({ recordTo })`, `rehearse --record`) through the same machines again, without a server, and show what they decide.',
    )
    .argument('<file>', 'the recording')
    .option('--all', 'show every input and decision, also timers, heartbeats and what nobody is told')
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async (file: string, { all = false, json = false }: { all?: boolean; json?: boolean }) => {
      const { showReplay } = await import('./run.ts')
      ended(showReplay({ file, all, json }))
    })
}
