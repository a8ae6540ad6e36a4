import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';

/** Flags that become fields of an action input (DESIGN.md 7.2); their values are checked at the door. */
export interface InputOptions {
  type?: string;
  agent?: string;
  private?: boolean;
  tier?: string;
  model?: string;
  schema?: string;
  system?: string;
  source?: string;
  quality?: number;
  mustPass?: boolean;
  critical?: boolean;
  budget?: number;
  maxTokens?: number;
  priority?: number;
  attempts?: number;
  deadline?: number;
  tag?: readonly string[];
  callback?: string;
}

export function withInputOptions(command: Command): Command {
  return command
    .option('--type <name>', 'the action type (default: prompt)')
    .option('--agent <name>', 'the agent that does it')
    .option('--private', 'on your own hardware only')
    .option('--tier <name>', 'local_fast, local_quality or api_fallback')
    .option('--model <name>', 'this model only')
    .option('--schema <file>', 'a JSON Schema the answer must satisfy')
    .option('--system <text>', 'a system prompt')
    .option('--source <file>', 'a text that the answer has to stay with; the model is given it')
    .addOption(new Option('--quality <0..1>', 'the quality an answer must reach').argParser(number))
    .option('--must-pass', 'fail rather than give an answer below that quality')
    .option('--critical', 'irreversible or costly when wrong: the API first where the policy says so')
    .addOption(new Option('--budget <usd>', 'the most it may cost, in dollars').argParser(number))
    .addOption(new Option('--max-tokens <n>', 'the longest answer').argParser(number))
    .addOption(new Option('--priority <1..10>', '1 high, 10 low').argParser(number))
    .addOption(new Option('--attempts <n>', 'how often it is tried').argParser(number))
    .addOption(new Option('--deadline <seconds>', 'it must have ended by then').argParser(number))
    .option('--callback <url>', 'told when it has ended, where notifications.callback_hosts allows it')
    .addOption(
      new Option('--tag <tag>', 'a tag to find it by; repeatable').argParser(
        (tag: string, before: readonly string[] = []) => [...before, tag],
      ),
    );
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** The fields these flags stand for, without what is asked. */
export function fieldsOf(options: InputOptions): Record<string, unknown> {
  const fields = {
    type: options.type,
    agent: options.agent,
    privacy: options.private === true ? 'local' : undefined,
    tier: options.tier?.toLowerCase(),
    model: options.model,
    schema: options.schema === undefined ? undefined : readSchema(options.schema),
    system: options.system,
    source: options.source === undefined ? undefined : readSource(options.source),
    quality_threshold: options.quality,
    must_pass: options.mustPass,
    critical: options.critical,
    budget_usd: options.budget,
    max_tokens: options.maxTokens,
    priority: options.priority,
    attempts: options.attempts,
    deadline_ms: options.deadline === undefined ? undefined : Math.round(options.deadline * 1000),
    tags: options.tag,
    callback_url: options.callback,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What is asked, in the field its type reads: an agent has an objective, everything else a prompt. */
export function asked(text: string, fields: Record<string, unknown>): Record<string, unknown> {
  return fields.type === 'agent' ? { ...fields, objective: text } : { ...fields, prompt: text };
}

function readSchema(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SwarmdError('INPUT_INVALID', `--schema: ${(error as Error).message}`, {
      where: file,
      allowed: 'a file with a JSON Schema',
      cause: error,
    });
  }
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SwarmdError('INPUT_INVALID', `--source: ${(error as Error).message}`, {
      where: file,
      allowed: 'a file with text',
      cause: error,
    });
  }
}
