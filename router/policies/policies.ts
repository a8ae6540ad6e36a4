import type { PolicyName } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import type { Policy } from '../types.ts';
import { tiersPolicy } from './tiers.ts';

/** The policies by the name that `routing.policy` takes. */
export const policies: Readonly<Partial<Record<PolicyName, Policy>>> = {
  tiers: tiersPolicy,
};

export function policyNamed(name: PolicyName): Policy {
  const policy = policies[name];
  if (policy === undefined) {
    throw new SwarmdError('CONFIG_INVALID', `policy ${name} is not part of this version`, {
      where: 'routing.policy',
      allowed: Object.keys(policies).join(', '),
    });
  }
  return policy;
}
