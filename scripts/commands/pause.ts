import type { Command } from 'commander';
import { connect } from '../../daemon/client.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, dataDirOf, withCommonOptions } from './settings.ts';

type ControlWord = 'pause' | 'resume' | 'drain' | 'reload';

const descriptions: Record<ControlWord, string> = {
  pause: 'take no new work; what runs goes on, and a restart stays paused',
  resume: 'take work again',
  drain: 'let the daemon finish what runs, put the rest back, and end',
  reload: 'let the daemon read its configuration again; an invalid one changes nothing',
};

export const registerPause = registerControl('pause');
export const registerResume = registerControl('resume');
export const registerDrain = registerControl('drain');
export const registerReload = registerControl('reload');

/** The commands that are one word to the running daemon. */
function registerControl(word: ControlWord): (program: Command) => void {
  return (program) => {
    withCommonOptions(program.command(word).description(descriptions[word]))
      .addHelpText('after', `\nExample:\n  swarmd ${word}`)
      .action(async (options: CommonOptions) => {
        const client = await connect({ dataDir: dataDirOf(options) });
        const answer = await client.control(word);
        print(options.json === true ? jsonLine(answer) : sentence(answer));
      });
  };
}

function sentence(answer: Record<string, unknown>): string {
  const { state, changed, need_restart: needRestart } = answer;
  if (typeof state === 'string') return `swarmd is ${state}`;
  const names = (list: unknown) => (Array.isArray(list) && list.length > 0 ? list.join(', ') : 'nothing');
  return safeLine(`changed: ${names(changed)}; needs a restart: ${names(needRestart)}`);
}
