import type { Config } from '../../config/config.ts';
import type { CheckResult } from '../types/assessment.ts';
import type { Generation } from '../types/call.ts';
import type { Request } from '../types.ts';
import { checkArithmetic } from './arithmetic.ts';
import type { Check, CheckInput } from './check.ts';
import { checkCode } from './code.ts';
import { checkLength } from './completeness.ts';
import { checkDuplicates } from './duplicates.ts';
import { checkEcho } from './echo.ts';
import { checkEmpty } from './empty.ts';
import { checkEnding } from './ending.ts';
import { checkGrounding } from './grounding.ts';
import { checkJson, type ParsedAnswer } from './json.ts';
import { checkLanguage } from './language.ts';
import { checkParts } from './parts.ts';
import { checkRefusal } from './refusal.ts';
import { checkRepetition } from './repetition.ts';
import { checkSchema } from './schema.ts';
import { checkToolCalls } from './tool-calls.ts';
import { checkTruncated } from './truncated.ts';
import { runUserCheck } from './user-checks.ts';

/** Cheapest first; what explains most stands before what it explains (a refusal also lacks its JSON). */
export const checks: readonly Check[] = [
  checkEmpty,
  checkToolCalls,
  checkRefusal,
  checkTruncated,
  checkEnding,
  checkJson,
  checkSchema,
  checkLength,
  checkParts,
  checkEcho,
  checkRepetition,
  checkDuplicates,
  checkLanguage,
  checkGrounding,
  checkArithmetic,
];

/** The answer as the checks see it, and what they need to know of the installation. */
export interface LadderInput {
  request: Request;
  generation: Generation;
  text: string;
  parsed: ParsedAnswer | undefined;
  config: Config;
}

/** Runs the checks until one fails hard; that one is then the last in the list. */
export async function runChecks(input: LadderInput): Promise<CheckResult[]> {
  const { request, generation, text, parsed, config } = input;
  const seen: CheckInput = { request, generation, text, parsed, settings: config.qualityChecks };
  const results: CheckResult[] = [];
  for (const check of checks) {
    const result = check(seen);
    if (result === undefined) continue;
    results.push(result);
    if (result.hard) return results;
  }
  if (generation.toolCalls.length > 0) return results;
  const code = await checkCode(seen);
  if (code !== undefined) results.push(code);
  if (code?.hard) return results;
  // The user's own come last: a command costs a process, and judges an answer that is otherwise fit to be judged.
  for (const [index, own] of (config.actionTypes[request.type]?.checks ?? []).entries()) {
    const result = await runUserCheck(own, parsed?.ok ? parsed.source : text, index);
    results.push(result);
    if (result.hard) return results;
  }
  return results;
}
