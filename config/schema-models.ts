/** The parts of the schema that describe models and the machines that serve them. */
import { z } from 'zod';
import { providerNames } from './config.ts';

const tokens = z.int().min(1);
const seconds = z.number().positive();

/** US dollars per million tokens. */
const cost = z
  .strictObject({
    input: z.number().min(0),
    output: z.number().min(0),
    cached_input: z.number().min(0).optional(),
    cache_write: z.number().min(0).optional(),
    cache_write_1h: z.number().min(0).optional(),
    per_native_tool_call: z
      .record(z.string(), z.number().min(0))
      .optional()
      .describe('US dollars for one use of a native tool, by its name: the most it may cost.'),
  })
  .describe(
    'US dollars per million tokens, where the price list does not know the model or you pay another price.',
  );

const modelFields = {
  provider: z.enum(providerNames).describe('The protocol its server speaks.'),
  model_id: z.string().min(1).describe('The provider’s own id of the model.'),
  kind: z.enum(['instruct', 'thinking', 'base', 'embedding']).describe('What the model was trained to do.'),
  context_window: tokens.describe('Tokens of prompt and answer together.'),
  max_tokens: tokens.describe('The most tokens one answer may have.'),
  temperature: z.number().min(0).max(2).describe('Sampling temperature; left to the server when absent.'),
  timeout: seconds.describe('Seconds one call may take in all.'),
  connect_timeout: seconds.describe('Seconds until the connection stands.'),
  first_token_timeout: seconds.describe('Seconds until the first token, loading the model included.'),
  idle_timeout: seconds.describe('The longest silence within an answer, in seconds.'),
  size_gb: z.number().positive().describe('GB of memory its weights take.'),
  cache_kb_per_token: z
    .number()
    .positive()
    .describe('KB (1,024 bytes) of memory that one token of its context takes.'),
  endpoint: z.string().min(1).describe('Where it is served; else the provider’s entry in model_settings.'),
  server: z
    .enum(['vllm', 'llama_cpp', 'lm_studio'])
    .describe('Which entry of model_settings serves an openai-compatible model.'),
  model_file: z
    .string()
    .min(1)
    .describe('The file llama.cpp or vLLM is started with, by `swarmd service install --model-servers`.'),
  host: z.string().min(1).describe('Name of an entry in hosts.'),
  self_hosted: z.boolean().describe('True when prompts stay on hardware you own; decides privacy and cost.'),
  api_key_env: z.string().min(1).describe('The environment variable that holds its key (NAME or NAME_FILE).'),
  supports_tools: z.boolean().describe('Calls tools natively.'),
  supports_structured_output: z.boolean().describe('Holds itself to a JSON schema natively.'),
  effort: z
    .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
    .describe('How hard it should think; sent as the nearest its provider accepts.'),
  keep_alive: z
    .union([z.string().regex(/^-?\d+(ms|s|m|h)?$/), z.number()], {
      error: 'must be a duration such as 10m, a number of seconds, or -1 for ever',
    })
    .describe('Ollama: how long it stays loaded after a call.'),
  prompt_caching: z
    .enum(['5m', '1h'])
    .describe('Anthropic: how long its cache keeps the prompt; off when absent.'),
  native_tools: z
    .strictObject({
      names: z
        .array(z.enum(['web_search', 'file_search', 'image_generation']))
        .min(1)
        .describe('Which; image_generation needs a fee of your own (cost.per_native_tool_call).'),
      max_calls: z.int().min(1).describe('How many uses one call may make together; reserved for.'),
      vector_store_ids: z.array(z.string().min(1)).optional().describe('What file_search searches.'),
    })
    .describe('The provider’s own tools it may use; each use bills a fee.'),
  cost,
} as const;

/** An entry of `models`: everything optional, because it may change an entry of the catalogue in one point. */
export const modelDefinition = z.strictObject(modelFields).partial();
export type ModelDefinition = z.output<typeof modelDefinition>;

const modelObject = modelDefinition.extend({
  name: z.string().min(1).describe('What you call it; a name of the catalogue fills in the rest.'),
  enabled: z.boolean().default(true).describe('False leaves it out.'),
});

/** An entry of `tiers.<tier>.models`: a name of the catalogue, or an object that says more. */
export const modelEntry = z.union([z.string().min(1), modelObject]);
export type ModelEntry = z.output<typeof modelEntry>;

const command = z.array(z.string().min(1)).min(1);

const swapSettings = z
  .strictObject({
    start: command
      .optional()
      .describe(
        'Program and arguments that start a model’s server, {model} and {model_id} filled in; swarmd then waits until its /health answers.',
      ),
    stop: command
      .optional()
      .describe('The same to stop a model’s server before another one is started in its place.'),
    llama_swap: z
      .string()
      .regex(/^https?:\/\/\S+$/, { error: 'must be an address such as http://127.0.0.1:8080' })
      .optional()
      .describe('Address of a llama-swap that starts and stops the servers; instead of commands.'),
    timeout_ms: z
      .int()
      .min(1)
      .default(300_000)
      .describe('How long loading a model may take before the swap counts as failed.'),
  })
  .refine((swap) => swap.llama_swap === undefined || (swap.start === undefined && swap.stop === undefined), {
    error: 'start and stop commands and llama_swap exclude each other',
  });

export const hostSettings = z.strictObject({
  endpoint: z.string().min(1).optional().describe('Its base URL; models with this endpoint belong to it.'),
  self_hosted: z
    .boolean()
    .optional()
    .describe('Default: true for this machine and private addresses, false for public names.'),
  slots: z
    .int()
    .min(1)
    .optional()
    .describe('Calls it takes at once; Ollama 1, other local servers 4, APIs 16.'),
  slots_per_model: z
    .int()
    .min(1)
    .optional()
    .describe('How many of its calls at once may be of one model; default: all of them.'),
  vram_gb: z.number().positive().optional().describe('GB of GPU memory for models.'),
  max_loaded_models: z.int().min(1).optional().describe('Models it keeps loaded; Ollama 3, others 1.'),
  aging_bound_ms: z
    .int()
    .min(0)
    .optional()
    .describe(
      'How long a request may wait before its model is loaded in place of a busy one; default 30000.',
    ),
  swap: swapSettings
    .optional()
    .describe('How models are changed where the server is not Ollama, which is asked by itself.'),
});
export type HostSettings = z.output<typeof hostSettings>;
