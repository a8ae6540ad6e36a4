import type { PolicyName } from '../../config/config.ts';
import type { Policy } from '../types.ts';
import { privacyFirstPolicy } from './privacy-first.ts';
import { specialistsPolicy } from './specialists.ts';
import { taskMatrixPolicy } from './task-matrix.ts';
import { tiersPolicy } from './tiers.ts';
import { tokenThresholdPolicy } from './token-threshold.ts';

/** Every policy by the name that `routing.policy` takes. */
export const policies: Readonly<Record<PolicyName, Policy>> = {
  tiers: tiersPolicy,
  'token-threshold': tokenThresholdPolicy,
  'task-matrix': taskMatrixPolicy,
  specialists: specialistsPolicy,
  'privacy-first': privacyFirstPolicy,
};
