/** What the router needs from outside, as small interfaces: who implements each is said beside it. */
import type { Complexity, ModelSpec, TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import type { Answer, Origin } from '../types.ts';
import type { AttemptError } from './assessment.ts';
import type { CallEnd, CallJudgement, CallStart } from './call.ts';

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The record of calls, with the money they may spend: one transaction before a call, one after it. */
export interface Ledger {
  /** Records the call and reserves its upper bound, or says which limit forbids it. Durable when it resolves. */
  begin(start: CallStart): Promise<{ ok: true } | { ok: false; refusal: BudgetRefusal }>;
  /** Settles the reservation and completes the row. Durable when it resolves. */
  finish(end: CallEnd): Promise<void>;
  /** Adds the assessment to a finished answer's row. */
  judge(judgement: CallJudgement): void;
}

export interface BudgetRefusal {
  /** `day`, `month`, `action`, `tree`, `type`, `agent`, `client`, `share`, `api-calls`, `pause`. */
  limit: string;
  /** Of the type, agent or client. */
  name?: string;
  /** Where that limit is set: `cost_control.daily_budget`. */
  setBy: string;
  limitNano: NanoUsd;
  /** Spent and reserved together. */
  usedNano: NanoUsd;
  /** Of it, what calls under way may yet give back. */
  reservedNano?: NanoUsd;
  neededNano: NanoUsd;
  /** When the limit starts anew; undefined: never by itself. */
  resetsAt: number | undefined;
}

export interface AnswerCache {
  get(
    key: string,
  ): { answer: Answer; tier: TierName; model: string; quality: number; callId: string } | undefined;
  put(
    key: string,
    value: { answer: Answer; tier: TierName; model: string; quality: number; callId: string },
  ): void;
}

/** The places a host has for calls at once. */
export interface Slots {
  /** Resolves with a place once the model can answer, or with undefined when none came free in time. */
  acquire(
    model: ModelSpec,
    options: {
      priority: number;
      waitMs: number;
      signal: AbortSignal;
      /** Whose request it is: it keeps its place in line by its action, and children have a share of their own. */
      origin?: Origin;
      /** Ollama: the context it needs; one that is larger than what is loaded makes the server load again. */
      contextTokens?: number;
    },
  ): Promise<Slot | undefined>;
}

/** A place at a host, held for one call. */
export interface Slot {
  /** Gives it back; a second time does nothing. */
  release(): void;
  /** Milliseconds the model was loaded for this call; undefined: it was resident, or its server loads by itself. */
  loadMs: number | undefined;
  /** The context to ask for: what is loaded, where that is more than was needed. */
  contextTokens: number | undefined;
}

export interface Breakers {
  /** `closed`: go ahead; `open`: leave it out until `retryAt`; `half_open`: one probe is allowed. */
  state(model: ModelSpec): { state: 'closed' | 'open' | 'half_open'; retryAt?: number; reason?: string };
  succeeded(model: ModelSpec): void;
  failed(model: ModelSpec, error: AttemptError): void;
  /** Says that the one call a half-open breaker lets through is under way. */
  probe(model: ModelSpec): void;
}

/** Where a label comes from; `audit` is a judge's word on a sample of answers. */
export const labelSources = ['feedback', 'escalation', 'check', 'audit'] as const;
export type LabelSource = (typeof labelSources)[number];

/** What is known of an answer's truth. `wrong_tier`: good or not, another tier should have given it. */
export interface AnswerLabel {
  /** The call that gave the answer (role `answer`). */
  callId: string;
  label: 'good' | 'bad' | 'wrong_tier';
  source: LabelSource;
  /** The chance that the label is right, 0.5..1. */
  confidence: number;
  /** In a person's or a judge's words; nothing is learned from it. */
  note?: string;
  at: number;
}

/** Keeps labels; nobody waits for it. */
export interface LabelSink {
  add(label: AnswerLabel): void;
}

/** What was learned on this installation: how often a model's answers pass, by type. */
export interface PassRates {
  /**
   * The share of accepted answers, newer ones weighing more, and how many fresh answers they weigh; undefined below
   * the stated minimum.
   */
  rate(type: string, complexity: Complexity, model: string): { rate: number; count: number } | undefined;
}
