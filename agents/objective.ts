/**
 * An objective, worked on by sub-agents: plan it, let workers do the parts, put their results together. Written
 * as values: `nextStep` says what is due from what the record holds, so that a run goes on after a crash from
 * wherever it stood, and whoever calls it does the asking, the spawning and the waiting.
 */
import type { Request } from '../router/types.ts';
import type { AgentDefinition } from './definitions.ts';

/** A child as its parent sees it. */
export interface ChildResult {
  title: string;
  status: 'queued' | 'running' | 'waiting' | 'delayed' | 'completed' | 'failed' | 'cancelled';
  answer: string | null;
  error: string | null;
}

/** Who works on an objective itself; its parts go to workers of their own. */
export const objectiveAgents = ['planner', 'worker', 'summarizer'] as const;

export type ObjectiveStep =
  | { kind: 'plan'; request: Request }
  | { kind: 'wait' }
  | { kind: 'summarise'; request: Request; failed: number }
  | { kind: 'fail'; message: string };

export interface Objective {
  text: string;
  /** The request's frame: origin, privacy, deadline, budget, priority, thresholds. */
  frame: Request;
  agents: ReadonlyMap<string, AgentDefinition>;
  maxChildren: number;
}

export interface Subtask {
  title: string;
  prompt: string;
}

export function nextStep(objective: Objective, children: readonly ChildResult[]): ObjectiveStep {
  if (children.length === 0) return { kind: 'plan', request: planRequest(objective) };
  if (children.some((child) => !['completed', 'failed', 'cancelled'].includes(child.status)))
    return { kind: 'wait' };
  const failed = children.filter((child) => child.status !== 'completed');
  if (failed.length === children.length) {
    return {
      kind: 'fail',
      message: `every subtask failed: ${failed.map((child) => `${child.title}: ${child.error ?? child.status}`).join('; ')}`,
    };
  }
  return { kind: 'summarise', request: summaryRequest(objective, children), failed: failed.length };
}

function planRequest(objective: Objective): Request {
  const { frame } = objective;
  return {
    ...frame,
    ...instructed(
      objective,
      'planner',
      `Objective:\n${objective.text}\n\nReturn at most ${objective.maxChildren} subtasks.`,
    ),
    ...because(frame, 'planning decides the whole tree'),
    type: 'orchestrate',
    schema: planSchema(objective.maxChildren),
    // A plan is made for this run of this objective; another run may have other limits.
    cacheable: false,
  };
}

function planSchema(maxChildren: number): Record<string, unknown> {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['subtasks'],
    properties: {
      subtasks: {
        type: 'array',
        minItems: 1,
        maxItems: maxChildren,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['title', 'prompt'],
          properties: {
            title: { type: 'string', minLength: 1, maxLength: 200 },
            prompt: { type: 'string', minLength: 1 },
          },
        },
      },
    },
  };
}

/** The plan in an answer that satisfies the plan's schema. */
export function subtasksOf(json: unknown): Subtask[] {
  return (json as { subtasks: Subtask[] }).subtasks;
}

function summaryRequest(objective: Objective, children: readonly ChildResult[]): Request {
  const results = children.map((child, place) => {
    const body =
      child.status === 'completed'
        ? (child.answer ?? '')
        : `(${child.status}: ${child.error ?? 'no result'})`;
    return `## Result ${place + 1}: ${child.title}\n${body}`;
  });
  const text = `Objective:\n${objective.text}\n\n${results.join('\n\n')}\n\nWrite the answer to the objective.`;
  return {
    ...objective.frame,
    ...instructed(objective, 'summarizer', text),
    ...because(objective.frame, 'this answer is that of the whole tree'),
    type: 'summarize',
    sourceText: results.join('\n\n'),
    cacheable: false,
  };
}

/** The request when no sub-agents may be had: the objective as one piece of work. */
export function soloRequest(objective: Objective): Request {
  return {
    ...objective.frame,
    ...instructed(objective, 'worker', objective.text),
    type: 'agent',
    cacheable: false,
  };
}

function instructed(
  objective: Objective,
  name: (typeof objectiveAgents)[number],
  text: string,
): Pick<Request, 'messages' | 'userText' | 'typeComplexity' | 'complexityFrom' | 'origin'> {
  const { instruction, complexity } = definitionOf(objective, name);
  return {
    origin: { ...objective.frame.origin, agent: name },
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: text },
    ],
    userText: objective.text,
    ...(complexity === undefined ? {} : { typeComplexity: complexity, complexityFrom: `agent ${name}` }),
  };
}

/** Why a call is critical where the type of objectives makes it so; who marked the action itself is the reason. */
function because(frame: Request, reason: string): Pick<Request, 'criticalBecause'> {
  return frame.criticalBecause === undefined ? {} : { criticalBecause: reason };
}

function definitionOf(objective: Objective, name: string): AgentDefinition {
  const definition = objective.agents.get(name);
  if (definition === undefined) throw new Error(`the agent "${name}" is missing from the library`);
  return definition;
}
