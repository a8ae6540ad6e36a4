import type { Command } from 'commander';

export interface TableEntry {
  name: string;
  /** One line for `swarmd --help`. */
  summary: string;
  /** Loads the module and returns what adds the command to the program. */
  load: () => Promise<(program: Command) => void>;
}

/** Every command, in the order in which help shows them. */
export const commandTable: readonly TableEntry[] = [
  {
    name: 'demo',
    summary: 'show everything on simulated models, in under a minute',
    load: async () => (await import('./commands/demo.ts')).registerDemo,
  },
  {
    name: 'start',
    summary: 'run the daemon in the foreground',
    load: async () => (await import('./commands/start.ts')).registerStart,
  },
  {
    name: 'run',
    summary: 'ask, wait, and print the answer with tier, cost and why',
    load: async () => (await import('./commands/run.ts')).registerRun,
  },
  {
    name: 'submit',
    summary: 'hand in actions from arguments, a file or standard input',
    load: async () => (await import('./commands/submit.ts')).registerSubmit,
  },
  {
    name: 'list',
    summary: 'list actions, newest first',
    load: async () => (await import('./commands/list.ts')).registerList,
  },
  {
    name: 'show',
    summary: 'show one action with what was asked',
    load: async () => (await import('./commands/show.ts')).registerShow,
  },
  {
    name: 'result',
    summary: 'print the answer of an action',
    load: async () => (await import('./commands/result.ts')).registerResult,
  },
  {
    name: 'explain',
    summary: 'why an action went where it went, call by call',
    load: async () => (await import('./commands/explain.ts')).registerExplain,
  },
  {
    name: 'watch',
    summary: 'see what happens, as it happens',
    load: async () => (await import('./commands/watch.ts')).registerWatch,
  },
  {
    name: 'tree',
    summary: 'show an action with its sub-agents',
    load: async () => (await import('./commands/tree.ts')).registerTree,
  },
  {
    name: 'cancel',
    summary: 'end an action and its sub-agents',
    load: async () => (await import('./commands/cancel.ts')).registerCancel,
  },
  {
    name: 'retry',
    summary: 'try a failed or cancelled action again',
    load: async () => (await import('./commands/retry.ts')).registerRetry,
  },
  {
    name: 'status',
    summary: 'the daemon, its queue, models and budget',
    load: async () => (await import('./commands/status.ts')).registerStatus,
  },
  {
    name: 'costs',
    summary: 'what was spent, and what one strong API model would have cost',
    load: async () => (await import('./commands/costs.ts')).registerCosts,
  },
  {
    name: 'report',
    summary: 'every target of the design documents against what happened',
    load: async () => (await import('./commands/report.ts')).registerReport,
  },
  {
    name: 'forecast',
    summary: 'what local models would save, and when a GPU pays',
    load: async () => (await import('./commands/forecast.ts')).registerForecast,
  },
  {
    name: 'budget',
    summary: 'limits on spending: show, set, pause, resume, top-up, settle',
    load: async () => (await import('./commands/budget.ts')).registerBudget,
  },
  {
    name: 'clients',
    summary: 'tokens for other programs and people: add, list, rotate, remove',
    load: async () => (await import('./commands/clients.ts')).registerClients,
  },
  {
    name: 'pause',
    summary: 'take no new work; what runs goes on',
    load: async () => (await import('./commands/pause.ts')).registerPause,
  },
  {
    name: 'resume',
    summary: 'take work again',
    load: async () => (await import('./commands/pause.ts')).registerResume,
  },
  {
    name: 'drain',
    summary: 'let the daemon finish what runs, and end',
    load: async () => (await import('./commands/pause.ts')).registerDrain,
  },
  {
    name: 'reload',
    summary: 'let the daemon read its configuration again',
    load: async () => (await import('./commands/pause.ts')).registerReload,
  },
  {
    name: 'kill',
    summary: 'stop everything now, and keep it stopped',
    load: async () => (await import('./commands/kill.ts')).registerKill,
  },
  {
    name: 'unkill',
    summary: 'lift the kill switch',
    load: async () => (await import('./commands/kill.ts')).registerUnkill,
  },
  {
    name: 'init',
    summary: 'write a commented swarmd.yaml',
    load: async () => (await import('./commands/init.ts')).registerInit,
  },
  {
    name: 'config',
    summary: 'check and show the configuration',
    load: async () => (await import('./commands/config.ts')).registerConfig,
  },
  {
    name: 'doctor',
    summary: 'say what is there, what is missing and how to get it',
    load: async () => (await import('./commands/doctor.ts')).registerDoctor,
  },
  {
    name: 'service',
    summary: 'run the daemon as a service of systemd',
    load: async () => (await import('./commands/service.ts')).registerService,
  },
  {
    name: 'models',
    summary: 'the models: what is configured, found, missing, and how good',
    load: async () => (await import('./commands/models.ts')).registerModels,
  },
  {
    name: 'feedback',
    summary: 'say whether an answer was good: what `swarmd learn` learns from',
    load: async () => (await import('./commands/feedback.ts')).registerFeedback,
  },
  {
    name: 'rollout',
    summary: 'other routing for a share of the traffic: step by step, side by side, in shadow',
    load: async () => (await import('./commands/rollout.ts')).registerRollout,
  },
  {
    name: 'learn',
    summary: 'learn from recorded outcomes which prompts and answers need a stronger model',
    load: async () => (await import('./commands/learn.ts')).registerLearn,
  },
  {
    name: 'score',
    summary: 'score prompts and answers without calling any model',
    load: async () => (await import('./commands/score.ts')).registerScore,
  },
  {
    name: 'eval',
    summary: 'replay recorded outcomes: how well swarmd would have routed them',
    load: async () => (await import('./commands/eval.ts')).registerEval,
  },
  {
    name: 'replay',
    summary: 'what past actions would have cost, and how good, with another threshold or policy',
    load: async () => (await import('./commands/replay.ts')).registerReplay,
  },
];
