import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResultJson } from '../../daemon/http/wire/action-json.ts';
import { aboutLines, exitCodeOfResult } from '../../scripts/commands/result-text.ts';

test('what was cancelled while it waited for the budget was cancelled, not refused', () => {
  const result: ResultJson = {
    id: '01KA',
    type: 'prompt',
    status: 'cancelled',
    complexity: null,
    tier: null,
    model: null,
    quality: null,
    cost_usd: 0,
    tree_cost_usd: 0,
    degraded: null,
    cached: false,
    reason: 'cancelled by you',
    answer: null,
    error: { code: 'BUDGET_REFUSED', message: 'the daily budget is used up', retryable: true },
    finished_at: null,
    duration_ms: null,
  };
  assert.equal(exitCodeOfResult(result), 1);
  assert.match(aboutLines(result)[0] ?? '', /cancelled: cancelled by you/);
});
