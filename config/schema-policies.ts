/** The parts of the schema that name the models of the policies beyond tiers; names are those of the tiers' models. */
import { z } from 'zod';
import { matrixTasks, queryKinds } from './config.ts';

const modelName = z.string().min(1);

const row = z.strictObject({
  local: modelName.optional().describe('The row’s model on your own hardware.'),
  cloud: modelName.optional().describe('Its model behind an API.'),
  effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
    .optional()
    .describe('How hard the cloud model should think.'),
});

export const taskMatrixSettings = z.strictObject({
  rows: z.partialRecord(z.enum(matrixTasks), row).default({}).describe('Kind of task → its two models.'),
  tasks: z
    .record(z.string(), z.enum(matrixTasks))
    .default({})
    .describe('Action type → row; other types go through the decision tree.'),
  ladder: z
    .array(modelName)
    .default([])
    .describe('Local models from the weakest to the strongest, one for each band of complexity under 0.8.'),
  emergency: modelName.optional().describe('The last resort of every row that has a cloud side.'),
  share_of_remaining_day: z
    .number()
    .positive()
    .max(1)
    .default(0.1)
    .describe('Of what is left of the day’s budget, the most one call may take.'),
});

const specialist = (queries: string) => modelName.optional().describe(`The model for ${queries}.`);

export const specialistSettings = z.strictObject({
  simple: specialist('short questions with short answers'),
  creative: specialist('poems, stories and other writing'),
  tools: specialist('queries that need tools'),
  code: specialist('queries about code'),
  complex: specialist('hard work and long contexts'),
  research: specialist('queries that weigh sources'),
  general: specialist('everything else'),
  nearest_examples: z
    .strictObject({
      model: modelName
        .optional()
        .describe('An embedding model of a tier, on your own hardware; without one the rules decide.'),
      examples: z
        .array(z.strictObject({ text: z.string().min(1), kind: z.enum(queryKinds) }))
        .default([])
        .describe('Your own examples: a text, and the kind of query it is.'),
      shipped_examples: z
        .boolean()
        .default(true)
        .describe('Compare with the examples that come with swarmd as well.'),
      least_similarity: z
        .number()
        .min(0)
        .max(1)
        .default(0.35)
        .describe('Cosine similarity of the nearest example under which the rules decide.'),
      within_ms: z.int().min(1).default(200).describe('How long a plan waits for it; then the rules decide.'),
    })
    .optional()
    .describe('Tell kinds of query apart by the examples nearest in meaning; by rules alone when absent.'),
} satisfies Record<(typeof queryKinds)[number] | 'nearest_examples', unknown>);

export const privacyFirstSettings = z.strictObject({
  small: modelName.optional().describe('Self-hosted, for scores under 0.3.'),
  large: modelName.optional().describe('Self-hosted, for the rest.'),
  strong: modelName.optional().describe('Behind an API, for scores over 0.8.'),
  long_form: modelName.optional().describe('Behind an API, for answers of more than 2,000 tokens.'),
});
