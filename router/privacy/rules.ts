/** What the personal data that was found does to a plan: the configured rules, by class and by where it was found. */
import type { Config, PersonalDataRule } from '../../config/config.ts';
import type { PersonalDataFinding, Request } from '../types.ts';

export interface PrivacyVerdict {
  /** True: only candidates on the user's own hardware. */
  localOnly: boolean;
  /** Why, in words that name the kinds found, never a value; undefined where nothing speaks against an API. */
  reason: string | undefined;
  /** What was found and is allowed, but should be said. */
  warnings: readonly string[];
}

/**
 * `request.privacy` first; then each finding's rule: `block` and `local` keep the request at home, `warn` is
 * said, `ignore` is not. A type may allow a class whose rule is `local`; `block` nobody can lift.
 */
export function judgePrivacy(
  request: Pick<Request, 'privacy' | 'privateBecause' | 'type'>,
  findings: readonly PersonalDataFinding[],
  config: Pick<Config, 'privacy' | 'toolOutputPrivacy' | 'actionTypes'>,
): PrivacyVerdict {
  if (request.privacy === 'local') {
    return { localOnly: true, reason: request.privateBecause ?? 'marked private', warnings: [] };
  }
  const type = config.actionTypes[request.type];
  if (type?.privacy === 'local') {
    return { localOnly: true, reason: `type ${request.type} is private`, warnings: [] };
  }
  const allowed = type?.allowPersonalData ?? [];
  const kept = new Set<string>();
  const warnings = new Set<string>();
  for (const finding of findings) {
    const rules = finding.source === 'tool' ? (config.toolOutputPrivacy ?? config.privacy) : config.privacy;
    const rule: PersonalDataRule = rules[finding.class];
    const place = finding.source === 'tool' ? ' in a tool’s output' : '';
    if (rule === 'block' || (rule === 'local' && !allowed.includes(finding.class))) {
      kept.add(`${finding.kind} (${finding.class}: ${rule})${place}`);
    } else if (rule !== 'ignore') {
      warnings.add(`${finding.kind} (${finding.class})${place}`);
    }
  }
  return {
    localOnly: kept.size > 0,
    reason: kept.size > 0 ? `contains ${[...kept].join(', ')}` : undefined,
    warnings: [...warnings],
  };
}
