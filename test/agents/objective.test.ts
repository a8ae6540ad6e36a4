import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAgents } from '../../agents/definitions.ts';
import {
  type ChildResult,
  nextStep,
  type Objective,
  soloRequest,
  subtasksOf,
} from '../../agents/objective.ts';
import { aRequest } from '../router/support.ts';

const objective: Objective = {
  text: 'Compare three cities',
  frame: aRequest('Compare three cities', { privacy: 'local', priority: 2, qualityThreshold: 0.8 }),
  agents: loadAgents(undefined),
  maxChildren: 4,
};

function child(status: ChildResult['status'], answer: string | null = null): ChildResult {
  return {
    title: `part ${answer ?? status}`,
    status,
    answer,
    error: status === 'failed' ? 'model down' : null,
  };
}

test('an objective without children is planned, with its limit of children in the schema', () => {
  const step = nextStep(objective, []);
  assert.equal(step.kind, 'plan');
  assert.ok(step.kind === 'plan');
  const schema = step.request.schema as { properties: { subtasks: { maxItems: number } } };
  assert.equal(schema.properties.subtasks.maxItems, 4);
});

test('every request of an objective keeps its privacy, priority, threshold and deadline', () => {
  const plan = nextStep(objective, []);
  const summary = nextStep(objective, [child('completed', 'Paris is large')]);
  assert.ok(plan.kind === 'plan' && summary.kind === 'summarise');
  for (const request of [plan.request, summary.request, soloRequest(objective)]) {
    const { privacy, priority, qualityThreshold, deadlineAt } = request;
    assert.deepEqual(
      { privacy, priority, qualityThreshold, deadlineAt },
      {
        privacy: 'local',
        priority: 2,
        qualityThreshold: 0.8,
        deadlineAt: objective.frame.deadlineAt,
      },
    );
  }
});

for (const open of ['queued', 'running', 'waiting', 'delayed'] as const) {
  test(`it waits while a child is ${open}`, () => {
    assert.equal(nextStep(objective, [child('completed', 'x'), child(open)]).kind, 'wait');
  });
}

test('when all have ended the results go into one summary, the failed ones named with their reason', () => {
  const step = nextStep(objective, [
    child('completed', 'Paris is large'),
    child('failed'),
    child('cancelled'),
  ]);
  assert.ok(step.kind === 'summarise');
  assert.equal(step.failed, 2);
  const text = step.request.messages.at(-1)?.content ?? '';
  assert.match(text, /Paris is large/);
  assert.match(text, /failed: model down/);
  assert.equal(step.request.sourceText?.includes('Paris is large'), true);
});

test('when every child failed there is nothing to put together, and the reasons are kept', () => {
  const step = nextStep(objective, [child('failed'), child('failed')]);
  assert.ok(step.kind === 'fail');
  assert.match(step.message, /model down/);
});

test('a plan that satisfies its schema becomes subtasks', () => {
  const subtasks = [{ title: 'a', prompt: 'do a' }];
  assert.deepEqual(subtasksOf({ subtasks }), subtasks);
});
