import { codeBlocks } from '../../../router/checks/prose.ts';
import { inputOf } from '../../../router/learning/offline-checks.ts';
import type { Answered, Damage } from './damage.ts';

/** Text in other languages that is put into answers: everyday sentences of our own. */
const foreign: readonly string[] = [
  'Die Lieferung kommt nach Angaben des Herstellers in der nächsten Woche an, und wir werden dann auch die übrigen Teile prüfen. Wenn etwas fehlt, ist das kein Problem, denn der Händler hat noch genug davon auf dem Lager und schickt es uns ohne Kosten nach.',
  'La reunión se ha aplazado hasta el lunes porque una parte del equipo está de viaje y no se puede conectar. Mientras tanto, los documentos están en la carpeta de siempre, y todo el mundo puede leerlos y añadir sus comentarios antes de que empecemos.',
  'Le rapport montre que les ventes ont augmenté dans la plupart des régions, mais que le nord reste en dessous de ce qui était prévu. Nous pensons que cela est dû au temps, et que les chiffres du mois prochain seront meilleurs pour tout le monde.',
  '这个项目的第一阶段已经完成，我们正在准备下一阶段的工作。请大家在星期五之前检查自己的部分，如果有问题，请及时告诉负责人，以便我们一起找到合适的解决办法。',
  'Отчёт показывает, что продажи выросли почти во всех регионах, но на севере они остались ниже плана. Мы думаем, что дело в погоде, и что в следующем месяце цифры будут лучше для всех нас.',
];

const refusals: readonly string[] = [
  "I'm sorry, but I can't help with that request.",
  'I apologize, but as an AI language model I am not able to complete this task.',
  'Unfortunately, I cannot provide an answer to this.',
  "I can't assist with that, but here is something related that may be of use to you.",
  'Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.',
  'Lo siento, pero no puedo ayudar con esta solicitud.',
];

/** Ways to damage an answer in prose or with code, and the checks that are there for each. */
export const proseDamages: readonly Damage[] = [
  prose('cut off in the middle', ['truncated', 'ending', 'code'], ({ answer }, random) =>
    answer.length < 300
      ? undefined
      : answer.slice(0, Math.floor(answer.length * (0.3 + 0.5 * random()))).trimEnd(),
  ),
  prose('a paragraph twice', ['duplicates'], ({ answer }, random) => {
    const parts = answer.split(/\n\s*\n/);
    const long = parts.flatMap((part, i) => (part.length >= 150 && !part.includes('```') ? [i] : []));
    const pick = long[Math.floor(random() * long.length)];
    if (pick === undefined || parts.length < 2) return undefined;
    return [...parts.slice(0, pick + 1), ...parts.slice(pick)].join('\n\n');
  }),
  prose('stuck in a loop at the end', ['repetition'], ({ answer }) => {
    const last =
      answer
        .trim()
        .split(/(?<=[.!?])\s+/)
        .at(-1) ?? '';
    return last.length < 20 || last.length > 300
      ? undefined
      : `${answer.trim()} ${`${last} `.repeat(8)}`.trim();
  }),
  prose('letters mixed up', ['repetition'], ({ answer }, random) =>
    answer.length < 200 || answer.includes('```')
      ? undefined
      : answer.replace(/\p{L}{3,}/gu, (word) => [...word].sort(() => random() - 0.5).join('')),
  ),
  prose('consonants only', ['repetition'], ({ answer }) =>
    answer.length < 200 || answer.includes('```') ? undefined : answer.replace(/[aeiouy]/gi, 'x'),
  ),
  prose('goes on in another language', ['language'], ({ prompt, answer }, _, at) =>
    answer.length < 400 || prompt.length < 60
      ? undefined
      : `${answer.slice(0, answer.indexOf('\n', answer.length / 2) + 1 || answer.length / 2)}${foreign[at % foreign.length]}`,
  ),
  prose('all in another language', ['language'], ({ answer }, _, at) =>
    answer.length < 100 ? undefined : `${foreign[at % foreign.length]} ${foreign[at % foreign.length]}`,
  ),
  prose('a refusal in front', ['refusal'], ({ answer }, _, at) =>
    answer === '' ? undefined : `${refusals[at % refusals.length]}\n\n${answer}`,
  ),
  prose('the prompt given back', ['echo'], ({ prompt }) => (prompt.length < 80 ? undefined : prompt)),
  prose('ten characters of it', ['length', 'ending', 'truncated'], ({ answer }) =>
    answer.length < 100 ? undefined : answer.slice(0, 10),
  ),
  prose('a third of the items asked for', ['parts'], ({ answer }) => {
    const lines = answer.split('\n');
    const items = lines.filter((line) => /^\s*(?:\d{1,2}[.)]|[-*•])\s/.test(line));
    if (items.length < 6) return undefined;
    return items.slice(0, Math.floor(items.length / 3)).join('\n');
  }),
  prose('a result of a calculation changed', ['arithmetic'], ({ answer }, random) => {
    const found = [...answer.matchAll(/\d\s*[-+*/×x]\s*\$?\d[\d,.]*\s*=\s*\$?(\d+)\b(?![.,]\d)/g)];
    const pick = found[Math.floor(random() * found.length)];
    if (pick?.[1] === undefined) return undefined;
    const end = pick.index + pick[0].length;
    return `${answer.slice(0, end - pick[1].length)}${Number(pick[1]) + 1 + Math.floor(8 * random())}${answer.slice(end)}`;
  }),
  prose('a line of code damaged', ['code'], ({ answer }, random) => {
    const blocks = codeBlocks(answer).filter(({ language, closed }) => closed && language !== '');
    const code = blocks[0]?.code;
    const signs = [...(code?.matchAll(/[()[\]{}]/g) ?? [])];
    const pick = signs[Math.floor(random() * signs.length)];
    if (code === undefined || pick === undefined || !answer.includes(code)) return undefined;
    return answer.replace(code, () => code.slice(0, pick.index) + code.slice(pick.index + 1));
  }),
  // Nothing that asks no model can tell what an answer is about: this is what the critique is for.
  prose('the answer to another prompt', [], ({ other }) => other),
];

function prose(
  name: string,
  by: readonly string[],
  damaged: (answered: Answered, random: () => number, at: number) => string | undefined,
): Damage {
  return {
    name,
    by,
    right: ({ prompt, answer }) => inputOf(prompt, answer),
    of: (answered, random, at) => {
      const text = damaged(answered, random, at);
      return text === undefined ? undefined : inputOf(answered.prompt, text);
    },
  };
}
