/** What this installation's own ledger teaches: labels calibrate the gate, prompts with a known outcome fit the router. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { loadAgents } from '../../agents/definitions.ts';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { buildRequest } from '../../daemon/build-request.ts';
import { version } from '../../daemon/version.ts';
import type { LabelledPrompt } from '../../memory/evidence.ts';
import type { LabelRecord } from '../../memory/types/labels.ts';
import {
  attemptCalibrations,
  labelCounts,
  leastLabels,
  leastOfEach,
} from '../../router/learning/calibrate.ts';
import { promptHashes } from '../../router/learning/leaks.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';
import { countPeriod } from '../../router/learning/period.ts';
import type { RecordedLine } from '../../router/learning/recorded.ts';
import { fitRouterModel, leastLines } from '../../router/learning/router-model.ts';
import { shippedPrior } from './learned-file.ts';
import { gatesOf, type LearnedGates, unprovenText } from './learned-gates.ts';

/** How far back the answers go that later ones are compared with, at most. */
const periodMs = 30 * 86_400_000;
const mostAnswers = 50_000;

export interface FromLedger {
  file: LearnedFile;
  gates: LearnedGates;
  /** Types with labels, whether there are enough of them or not. */
  types: readonly { type: string; labels: number; good: number; bad: number; enough: boolean }[];
  /** Labels that say nothing a calibration could use. */
  notOfTheGate: number;
  /** Prompts of which it is known whether a local answer is good enough. */
  prompts: { labelled: number; right: number; enough: boolean };
  /** What the router was fitted on; for measuring it. Empty where there were too few. */
  lines: readonly RecordedLine[];
}

/**
 * Learns from the labels given since then. What there is too little evidence for is kept from `before`. Throws
 * INPUT_INVALID with the counts where there is too little for anything.
 */
export async function learnFromLedger(
  config: Config,
  before: LearnedFile | undefined,
  window: { since: number; now: number },
  onFit: (prompts: number) => void = () => {},
): Promise<FromLedger> {
  const { labels, answers, prompts } = await readEvidence(config, window);
  const { labelledAnswers } = await import('../../memory/evidence.ts');
  const usable = labelledAnswers(labels);
  const types = labelCounts(usable);
  const right = prompts.filter((line) => line.weak.correct).length;
  const enough =
    prompts.length >= leastLines && right >= leastOfEach && prompts.length - right >= leastOfEach;
  const known = { labelled: prompts.length, right, enough };
  const gates = gatesOf(attemptCalibrations(usable), before, config);
  const { calibrations, attempts } = gates;
  if (attempts.length === 0 && !enough) throw tooFew(labels.length, types, known, config.memory.path);
  if (!attempts.some((attempt) => attempt.proven) && !enough)
    throw nothingTold(gates, known, config.memory.path);

  if (enough) onFit(prompts.length);
  const model = enough ? fitRouterModel(prompts, shippedPrior().model) : before?.model;
  const kept = enough || before?.model.prompt === undefined ? undefined : 'the router';
  return {
    file: {
      provenance: {
        learnedAt: new Date(window.now).toISOString(),
        source: 'ledger',
        sha256: hashOf(labels),
        lines: labels.length,
        swarmd: version,
        ...promptsOf(
          enough ? promptHashes(prompts) : kept === undefined ? undefined : before?.provenance.prompts,
        ),
        labels: countBy(labels, (label) => label.source),
        ...(kept === undefined
          ? {}
          : { kept: `${kept} of ${before?.provenance.learnedAt} from ${before?.provenance.source}` }),
      },
      // Answers are not kept in the ledger, so what was learned from recorded ones stays.
      model: { prompt: model?.prompt, answer: before?.model.answer },
      calibrations,
      period: countPeriod(answers, calibrations, {
        since: Math.max(window.since, window.now - periodMs),
        until: window.now,
        threshold: config.routing.qualityThreshold,
      }),
    },
    gates,
    types,
    notOfTheGate: labels.length - usable.length,
    prompts: known,
    lines: enough ? prompts : [],
  };
}

/**
 * The same without the router that was fitted: the one before stays, or none. For one that was measured and is
 * not shown to be better than chance: it would send prompts to a paid model at random.
 */
export function withoutRouter(lesson: FromLedger, before: LearnedFile | undefined): FromLedger {
  const { prompts: _, ...provenance } = lesson.file.provenance;
  const prompt = before?.model.prompt;
  const kept =
    prompt === undefined
      ? {}
      : {
          ...promptsOf(before?.provenance.prompts),
          kept: `the router of ${before?.provenance.learnedAt} from ${before?.provenance.source}`,
        };
  return {
    ...lesson,
    file: {
      ...lesson.file,
      provenance: { ...provenance, ...kept },
      model: { prompt, answer: lesson.file.model.answer },
    },
  };
}

/** Whoever keeps a router keeps the hashes of what it was fitted on: `eval` on those would say nothing. */
function promptsOf(prompts: string | undefined): { prompts?: string } {
  return prompts === undefined ? {} : { prompts };
}

async function readEvidence(config: Config, { since, now }: { since: number; now: number }) {
  if (!existsSync(config.memory.path)) return { labels: [], answers: [], prompts: [] };
  const [{ openRecordFile }, { listLabels }, { judgedAnswers, labelledPrompts }, { getAction }] =
    await Promise.all([
      import('./record-file.ts'),
      import('../../memory/labels.ts'),
      import('../../memory/evidence.ts'),
      import('../../memory/action-reads.ts'),
    ]);
  const agents = loadAgents(config.agents.libraryDir);
  const store = openRecordFile(config.memory.path);
  try {
    const labels = listLabels(store, { since, each: 'answer' });
    const prompts = labelledPrompts(labels).flatMap((known): RecordedLine[] => {
      const action = getAction(store, known.actionId);
      // Pruned: the label is left, what was asked is not.
      if (action === undefined) return [];
      return [lineOf(known, buildRequest(action, { config, agents, now }).userText)];
    });
    const answers = judgedAnswers(store, {
      since: Math.max(since, now - periodMs),
      until: now + 1,
      most: mostAnswers,
    });
    return { labels, answers, prompts };
  } finally {
    store.close();
  }
}

function lineOf(known: LabelledPrompt, prompt: string): RecordedLine {
  const { strongCorrect } = known;
  return {
    id: known.actionId,
    prompt,
    group: known.type,
    type: known.type,
    weak: { correct: known.weakCorrect, response: undefined, critique: undefined },
    strong:
      strongCorrect === undefined
        ? undefined
        : { correct: strongCorrect, response: undefined, critique: undefined },
  };
}

function tooFew(
  labels: number,
  types: FromLedger['types'],
  prompts: FromLedger['prompts'],
  where: string,
): SwarmdError {
  const found = types.map((one) => `${one.type}: ${one.labels} (${one.good} good, ${one.bad} bad)`);
  return new SwarmdError('INPUT_INVALID', `${labels} labelled answers are too few to learn from`, {
    where,
    allowed:
      `of one type at least ${leastLabels} labels, ${leastOfEach} of them good and ${leastOfEach} bad, to calibrate the gate` +
      `${found.length === 0 ? '' : ` (there are: ${found.join('; ')})`}; or ${leastLines} prompts with a known outcome` +
      ` (there are: ${prompts.labelled}, ${prompts.right} of them answered well by a local model) to fit the router;` +
      ` labels come from swarmd feedback, hard failures, escalations and audits`,
  });
}

function nothingTold(gates: LearnedGates, prompts: FromLedger['prompts'], where: string): SwarmdError {
  const found = gates.attempts.map(unprovenText).join('; ');
  return new SwarmdError('INPUT_INVALID', `nothing can be learned from these labels: ${found}`, {
    where,
    allowed:
      `labels of answers that the checks or a critique can tell apart; or ${leastLines} prompts with a known outcome` +
      ` (there are: ${prompts.labelled}, ${prompts.right} of them answered well by a local model) to fit the router`,
  });
}

/** Equal labels give an equal hash: the same ledger teaches the same. */
function hashOf(labels: readonly LabelRecord[]): string {
  const hash = createHash('sha256');
  for (const { callId, label, confidence } of labels) hash.update(`${callId} ${label} ${confidence}\n`);
  return hash.digest('hex');
}

function countBy<T>(all: readonly T[], key: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
}
