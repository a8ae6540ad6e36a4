import { type Command, Option } from 'commander';
import { policyNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import {
  type CallJson,
  classificationJson,
  type ExplanationJson,
  planJson,
} from '../../daemon/http/wire/explanation-json.ts';
import { explanationLines } from '../../router/explain.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeColumns, safeLine } from '../terminal/safe-text.ts';
import { dollars, duration, quality, tierWord } from '../terminal/words.ts';
import { dryRun } from './dry-run.ts';
import { asked, fieldsOf, type InputOptions, withInputOptions } from './input-options.ts';
import { openRecord } from './record.ts';
import { aboutLines } from './result-text.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

interface ExplainOptions extends CommonOptions, InputOptions {
  dryRun?: string;
  policy?: string;
  client?: string;
  embed?: boolean;
}

export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('why an action went where it went, call by call')
    .argument('[id]', 'of the action')
    .option('--dry-run <prompt>', 'instead of an action: what would happen to this prompt; nothing is called')
    .addOption(
      new Option('--policy <name>', 'with --dry-run: the plan of this policy only').choices([...policyNames]),
    )
    .option(
      '--embed',
      'with --dry-run: ask the embedding model of specialists.nearest_examples, if configured',
    )
    .option('--client <name>', 'with --dry-run: as if this client had handed it in');
  withCommonOptions(withInputOptions(command))
    .addHelpText(
      'after',
      '\nExample:\n  swarmd explain 01KA0B…\n  swarmd explain --dry-run "Prove that there are infinitely many primes"\n  swarmd explain --dry-run "Sum it up: …" --type summarize --policy privacy-first',
    )
    .action(explain);
}

async function explain(id: string | undefined, options: ExplainOptions): Promise<void> {
  if ((id === undefined) === (options.dryRun === undefined))
    throw new SwarmdError('USAGE', 'explain takes the id of an action, or --dry-run with a prompt', {
      allowed: 'swarmd explain ID, or swarmd explain --dry-run "…"',
    });
  if (id !== undefined && options.client !== undefined)
    throw new SwarmdError('USAGE', 'an action has the client that handed it in', {
      where: '--client',
      allowed: '--client with --dry-run only',
    });
  if (id !== undefined && options.embed === true)
    throw new SwarmdError('USAGE', 'an action that was routed has its examples in its signals', {
      where: '--embed',
      allowed: '--embed with --dry-run only',
    });
  if (options.dryRun !== undefined) return await explainDry(options.dryRun, options);
  const record = await openRecord(options);
  try {
    const explanation = await record.explain(id ?? '');
    if (options.json === true) print(jsonLine(explanation));
    else for (const line of explainLines(explanation)) print(line);
  } finally {
    record.close();
  }
}

async function explainDry(prompt: string, options: ExplainOptions): Promise<void> {
  const { explanation, leftOut } = await dryRun(asked(prompt, fieldsOf(options)), options);
  const { classification } = explanation;
  const plans = explanation.plans.filter(
    ({ policy }) => options.policy === undefined || policy === options.policy,
  );
  if (options.json === true) {
    print(
      jsonLine({
        classification: {
          ...classificationJson(classification),
          needs_tools: classification.needsTools,
          named_model: classification.namedModel ?? null,
          tokens_counted: classification.tokensCounted ?? false,
          nearest_example: classification.nearestExample ?? null,
        },
        policy: explanation.policy,
        plans: plans.map((plan) => ({ ...planJson(plan), warnings: plan.warnings ?? [] })),
        left_out: leftOut,
      }),
    );
    return;
  }
  for (const line of explanationLines({ ...explanation, plans })) print(safeColumns(line));
  if (leftOut.length > 0) print('\nin no plan');
  for (const { name, reason } of leftOut) print(safeColumns(`  -  ${name}: ${reason}`));
}

function explainLines(explanation: ExplanationJson): string[] {
  const { classification, plan } = explanation;
  return [
    ...aboutLines(explanation),
    ...(classification === null ? [] : ['', ...classificationText(classification)]),
    ...(plan === null ? [] : ['', ...planText(plan)]),
    ...(explanation.steps.length === 0 ? [] : ['', 'what was done', ...stepText(explanation)]),
    ...(explanation.calls.length === 0
      ? []
      : ['', 'calls', ...explanation.calls.flatMap((call) => callText(call, explanation.labels))]),
  ];
}

function classificationText(classification: NonNullable<ExplanationJson['classification']>): string[] {
  const { complexity, score, confidence, signals } = classification;
  return [
    `classified ${complexity}: score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}, about ${classification.input_tokens} tokens in and ${classification.expected_output_tokens} out${classification.quality_critical ? ', quality-critical' : ''}`,
    ...signals.map(
      (signal) =>
        `  ${(signal.weight > 0 ? '+' : '') + signal.weight.toFixed(2)}  ${signal.name}: ${safeLine(signal.evidence, 100)}`,
    ),
    ...classification.personal_data.map(
      (found) => `  personal data: ${found.kind} (${found.class}) ${safeLine(found.masked)}`,
    ),
  ];
}

function planText(plan: NonNullable<ExplanationJson['plan']>): string[] {
  return [
    `policy ${plan.policy}: ${safeLine(plan.reason)}`,
    ...plan.candidates.map(
      (candidate, i) =>
        `  ${i + 1}. ${safeLine(candidate.model)} (${tierWord(candidate.tier)}): ${safeLine(candidate.reason)}`,
    ),
    ...plan.excluded.map(
      (entry) => `  -  ${safeLine(entry.model)}: ${entry.rule}: ${safeLine(entry.reason)}`,
    ),
  ];
}

function stepText(explanation: ExplanationJson): string[] {
  return explanation.steps.map(
    (step) =>
      `  ${tierWord(step.tier)} ${safeLine(step.model)}: ${safeLine(step.result)} (${quality(step.quality)}, ${dollars(step.cost_usd)}, ${duration(step.latency_ms)})`,
  );
}

interface Check {
  name: string;
  score: number;
  hard: boolean;
  evidence: string;
}

function callText(call: CallJson, labels: ExplanationJson['labels']): string[] {
  const tokens = `${call.input_tokens + call.cached_input_tokens + call.cache_write_tokens} in, ${call.output_tokens} out`;
  const head = `  ${call.role.padEnd(8)} ${tierWord(call.tier)} ${safeLine(call.model)}: ${call.outcome}${call.quality === null ? '' : `, quality ${quality(call.quality)}`}, ${dollars(call.cost_usd)} (${call.settlement}), ${tokens}, ${duration(call.latency_ms)}`;
  const arm = call.experiment === null ? '' : `, ${safeLine(`${call.experiment}: ${call.arm}`)}`;
  const checks = Array.isArray(call.checks) ? (call.checks as Check[]) : [];
  return [
    `${head}${arm}`,
    ...(call.reason === null ? [] : [`           ${safeLine(call.reason)}`]),
    ...(call.error_message === null
      ? []
      : [`           ${call.error_class}: ${safeLine(call.error_message)}`]),
    ...labels
      .filter((label) => label.call_id === call.id)
      .map(
        (label) =>
          `           labelled ${label.label.replace('_', '-')} by ${label.source}${label.note === null ? '' : `: ${safeLine(label.note, 100)}`}`,
      ),
    ...checks.map(
      (check) =>
        `           ${check.score.toFixed(2)} ${check.name}${check.hard && check.score < 0.5 ? ' (decides)' : ''}: ${safeLine(check.evidence, 100)}`,
    ),
  ];
}
