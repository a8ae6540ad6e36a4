/** The sections of the policies beyond tiers, their models' names checked against the tiers. */
import { type Config, type MatrixRow, type ModelSpec, queryKinds } from './config.ts';
import type { Problem } from './problems.ts';
import { queryExamples } from './query-examples.ts';
import type { Settings } from './schema.ts';
import { didYouMean } from './suggest.ts';

type PolicySections = Pick<Config, 'taskMatrix' | 'specialists' | 'nearestExamples' | 'privacyFirst'>;

/**
 * `models` are those that take part. `named` are the models the tiers name, those left out for want of a key included: a preset names models of
 * two providers, and having the key of one of them is no mistake.
 */
export function resolvePolicies(
  settings: Settings,
  models: readonly ModelSpec[],
  named: readonly string[],
  knownTypes: readonly string[],
  where: (path: readonly PropertyKey[]) => string,
): { sections: PolicySections; problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const model = (name: string | undefined, ...path: string[]): string | undefined => {
    if (name === undefined || named.includes(name)) return name;
    const place = where(path);
    const key = path.join('.');
    const message = `no tier has a model called "${name}"`;
    // Who replaces a preset's tiers need not repeat its policy's section; the policy makes do with the tiers.
    if (place.startsWith('preset ')) {
      warnings.push(`${place}: ${key}: ${message}; the policy takes one from the tiers`);
      return undefined;
    }
    problems.push({
      where: place,
      key,
      message: `${message}${didYouMean(name, named)}`,
      allowed: named.join(', ') || 'the tiers are empty',
    });
    return name;
  };
  const { task_matrix: matrix, specialists, privacy_first: privacyFirst } = settings;
  const sections: PolicySections = {};
  if (matrix !== undefined) {
    const rows = Object.entries(matrix.rows).map(([task, row]): [string, MatrixRow] => [
      task,
      {
        local: model(row.local, 'task_matrix', 'rows', task, 'local'),
        cloud: model(row.cloud, 'task_matrix', 'rows', task, 'cloud'),
        ...(row.effort === undefined ? {} : { effort: row.effort }),
      },
    ]);
    for (const type of Object.keys(matrix.tasks))
      if (!knownTypes.includes(type))
        problems.push({
          where: where(['task_matrix', 'tasks', type]),
          key: `task_matrix.tasks.${type}`,
          message: `there is no action type "${type}"${didYouMean(type, knownTypes)}`,
        });
    sections.taskMatrix = {
      rows: Object.fromEntries(rows),
      tasks: matrix.tasks,
      ladder: matrix.ladder.filter((name) => model(name, 'task_matrix', 'ladder') !== undefined),
      emergency: model(matrix.emergency, 'task_matrix', 'emergency'),
      shareOfRemainingDay: matrix.share_of_remaining_day,
    };
  }
  if (specialists !== undefined) {
    sections.specialists = Object.fromEntries(
      queryKinds.flatMap((kind) => {
        const found = model(specialists[kind], 'specialists', kind);
        return found === undefined ? [] : [[kind, found]];
      }),
    );
    const { nearest_examples: nearest } = specialists;
    const embedding = nearest?.model;
    if (nearest !== undefined && embedding !== undefined) {
      const path = ['specialists', 'nearest_examples', 'model'];
      model(embedding, ...path);
      const spec = models.find(({ name }) => name === embedding);
      const objection = spec === undefined ? undefined : notFitToEmbed(spec);
      if (objection !== undefined)
        problems.push({
          where: where(path),
          key: path.join('.'),
          message: `${embedding} ${objection}`,
          allowed: 'an embedding model on your own hardware, such as all-minilm',
        });
      const shipped = nearest.shipped_examples ? shippedExamples : [];
      const examples = [...shipped, ...nearest.examples];
      if (examples.length === 0)
        problems.push({
          where: where(['specialists', 'nearest_examples', 'examples']),
          key: 'specialists.nearest_examples.examples',
          message: 'there is no example to compare with',
          allowed: 'examples of your own, or shipped_examples: true',
        });
      sections.nearestExamples = {
        model: embedding,
        examples,
        leastSimilarity: nearest.least_similarity,
        withinMs: nearest.within_ms,
      };
    }
  }
  if (privacyFirst !== undefined)
    sections.privacyFirst = {
      small: model(privacyFirst.small, 'privacy_first', 'small'),
      large: model(privacyFirst.large, 'privacy_first', 'large'),
      strong: model(privacyFirst.strong, 'privacy_first', 'strong'),
      longForm: model(privacyFirst.long_form, 'privacy_first', 'long_form'),
    };
  return { sections, problems, warnings };
}

const shippedExamples = queryKinds.flatMap((kind) => queryExamples[kind].map((text) => ({ text, kind })));

/** Every query's text is sent to it, private ones too. */
function notFitToEmbed(model: ModelSpec): string | undefined {
  if (model.kind !== 'embedding') return 'is no embedding model';
  return model.selfHosted ? undefined : 'is behind an API, and every query would be sent there';
}
