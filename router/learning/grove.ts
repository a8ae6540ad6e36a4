import { type Forest, fitForest, predictForest } from './extra-trees.ts';
import type { Target } from './head.ts';
import type { Signals } from './prompt-signals.ts';
import { fitTopics, type Topics, topicsOf } from './topics.ts';

/** A forest over named signals and the topics of the task's text. */
export interface Grove {
  names: readonly string[];
  topics: Topics | undefined;
  forest: Forest;
}

export interface GroveOptions {
  trees: number;
  leastRows: number;
  triedShare: number;
  /** At most so many topics, and one for every `linesPerTopic` lines; 0 for none. */
  mostTopics: number;
  linesPerTopic: number;
}

/** One task, or a task with an answer, as a grove sees it. */
export interface Seen {
  signals: Signals;
  /** The text of the task. */
  task: string;
}

/** Leaves grow with the lines beyond this many: it bounds the file that keeps them. */
const mostLeaves = 2000;

/** Fits a grove. A target without a record of the stronger model gets the mean of the recorded ones. */
export function fitGrove(
  examples: readonly Seen[],
  targets: readonly Target[],
  options: GroveOptions,
): Grove {
  const names = Object.keys(examples[0]?.signals ?? {});
  const wanted = Math.min(options.mostTopics, Math.floor(examples.length / options.linesPerTopic));
  const topics =
    wanted < 1
      ? undefined
      : fitTopics(
          examples.map(({ task }) => task),
          wanted,
        );
  const rows = examples.map((example) => rowOf({ names, topics }, example));
  const columns = Array.from(rows[0] ?? [], (_, j) => Float32Array.from(rows, (row) => row[j] as number));
  const recorded = targets.flatMap(({ strongRight }) => strongRight ?? []);
  const meanStrong = recorded.reduce((sum, right) => sum + right, 0) / Math.max(1, recorded.length);
  const outcomes = [targets.map(({ weakFails }) => weakFails)];
  if (recorded.length * 2 >= targets.length)
    outcomes.push(targets.map(({ strongRight }) => strongRight ?? meanStrong));
  const leastRows = Math.max(options.leastRows, Math.ceil(examples.length / mostLeaves));
  return { names, topics, forest: fitForest(columns, outcomes, { ...options, leastRows }) };
}

/** Chances for one example. Without a record of the stronger model it is taken to be right. */
export function predictGrove(grove: Grove, example: Seen): { weakFails: number; strongRight: number } {
  const [weakFails = 0.5, strongRight = 1] = predictForest(grove.forest, rowOf(grove, example));
  return { weakFails, strongRight };
}

function rowOf({ names, topics }: Pick<Grove, 'names' | 'topics'>, { signals, task }: Seen): Float32Array {
  const values = names.map((name) => signals[name] ?? 0);
  return Float32Array.from(topics === undefined ? values : [...values, ...topicsOf(topics, task)]);
}
