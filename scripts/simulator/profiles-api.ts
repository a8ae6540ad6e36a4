import type { Profile, SimPrice } from './profiles.ts';

type Api = Partial<Profile> & Pick<Profile, 'name' | 'servedBy' | 'price' | 'pass'>;

function api(given: Api): Profile {
  return {
    kind: 'instruct',
    tokensPerSecond: 90,
    firstTokenMs: 450,
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    sizeGb: 0,
    loadMs: 0,
    parameters: '',
    quantization: '',
    tools: true,
    toolsIn: 'chat',
    dimensions: 0,
    criticAccuracy: 0.92,
    ...given,
  };
}

/** Dollars per million tokens, as the price lists state them, in nano-dollars per token. */
function perMillion(input: number, cached: number, output: number, write = input, write1h = write): SimPrice {
  const nano = (usd: number): number => Math.round(usd * 1_000);
  return {
    input: nano(input),
    cached: nano(cached),
    cacheWrite: nano(write),
    cacheWrite1h: nano(write1h),
    output: nano(output),
  };
}

/** OpenAI bills a whole request above 272,000 prompt tokens at twice the input and one and a half the output price. */
function withLongContext(price: SimPrice): SimPrice {
  const long: SimPrice = {
    input: price.input * 2,
    cached: price.cached * 2,
    cacheWrite: price.cacheWrite * 2,
    cacheWrite1h: price.cacheWrite1h * 2,
    output: Math.round(price.output * 1.5),
  };
  return { ...price, long: { abovePromptTokens: 272_000, price: long } };
}

const gpt5Efforts = ['minimal', 'low', 'medium', 'high'];
const gpt6Efforts = ['none', 'low', 'medium', 'high', 'xhigh', 'max'];

export const apiProfiles: readonly Profile[] = [
  api({
    name: 'gpt-6-luna',
    servedBy: 'openai',
    kind: 'thinking',
    tokensPerSecond: 180,
    firstTokenMs: 300,
    efforts: gpt6Efforts,
    toolsIn: 'chat-without-effort',
    price: withLongContext(perMillion(0.1, 0.01, 0.5, 0.125)),
    pass: { simple: 0.97, moderate: 0.91, complex: 0.76 },
    criticAccuracy: 0.85,
  }),
  api({
    name: 'gpt-6-sol',
    servedBy: 'openai',
    kind: 'thinking',
    efforts: gpt6Efforts,
    toolsIn: 'chat-without-effort',
    price: withLongContext(perMillion(2, 0.2, 10, 2.5)),
    pass: { simple: 0.99, moderate: 0.97, complex: 0.92 },
  }),
  api({
    name: 'gpt-6.1-sol',
    servedBy: 'openai',
    kind: 'thinking',
    efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
    toolsIn: 'responses',
    price: withLongContext(perMillion(2, 0.1, 10, 2.5)),
    pass: { simple: 0.99, moderate: 0.98, complex: 0.94 },
    criticAccuracy: 0.94,
  }),
  api({
    name: 'gpt-6-astra',
    servedBy: 'openai',
    kind: 'thinking',
    tokensPerSecond: 60,
    efforts: gpt6Efforts,
    toolsIn: 'responses',
    price: withLongContext(perMillion(10, 1, 50, 12.5)),
    pass: { simple: 0.99, moderate: 0.99, complex: 0.97 },
    criticAccuracy: 0.95,
  }),
  api({
    name: 'gpt-5',
    servedBy: 'openai',
    kind: 'thinking',
    contextTokens: 400_000,
    efforts: gpt5Efforts,
    price: perMillion(1.25, 0.125, 10),
    pass: { simple: 0.99, moderate: 0.96, complex: 0.89 },
  }),
  api({
    name: 'gpt-5-mini',
    servedBy: 'openai',
    kind: 'thinking',
    tokensPerSecond: 130,
    contextTokens: 400_000,
    efforts: gpt5Efforts,
    price: perMillion(0.25, 0.025, 2),
    pass: { simple: 0.98, moderate: 0.93, complex: 0.8 },
    criticAccuracy: 0.87,
  }),
  api({
    name: 'gpt-5-nano',
    servedBy: 'openai',
    kind: 'thinking',
    tokensPerSecond: 200,
    contextTokens: 400_000,
    efforts: gpt5Efforts,
    price: perMillion(0.05, 0.005, 0.4),
    pass: { simple: 0.95, moderate: 0.84, complex: 0.6 },
    criticAccuracy: 0.8,
  }),
  api({
    name: 'gpt-4o',
    servedBy: 'openai',
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    price: perMillion(2.5, 1.25, 10),
    pass: { simple: 0.98, moderate: 0.94, complex: 0.83 },
    criticAccuracy: 0.88,
  }),
  api({
    name: 'gpt-4o-mini',
    servedBy: 'openai',
    tokensPerSecond: 120,
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    price: perMillion(0.15, 0.075, 0.6),
    pass: { simple: 0.96, moderate: 0.87, complex: 0.66 },
    criticAccuracy: 0.8,
  }),
  api({
    name: 'gpt-4-turbo',
    servedBy: 'openai',
    tokensPerSecond: 40,
    contextTokens: 128_000,
    maxOutputTokens: 4_096,
    price: perMillion(10, 10, 30),
    pass: { simple: 0.97, moderate: 0.92, complex: 0.8 },
    criticAccuracy: 0.86,
  }),
  api({
    name: 'text-embedding-3-small',
    servedBy: 'openai',
    kind: 'embedding',
    contextTokens: 8_191,
    tools: false,
    dimensions: 1_536,
    price: perMillion(0.02, 0.02, 0),
    pass: { simple: 0, moderate: 0, complex: 0 },
    criticAccuracy: 0,
  }),
  api({
    name: 'claude-haiku-5-5',
    servedBy: 'anthropic',
    tokensPerSecond: 160,
    firstTokenMs: 350,
    // Dearer above 100,000 prompt tokens. The lists give no price for cache writes: 1.25 and 2 times the input, as for every other Claude.
    price: {
      ...perMillion(0.1, 0.01, 0.5, 0.125, 0.2),
      long: { abovePromptTokens: 100_000, price: perMillion(0.5, 0.05, 2.5, 0.625, 1) },
    },
    pass: { simple: 0.98, moderate: 0.93, complex: 0.8 },
    criticAccuracy: 0.87,
  }),
  api({
    name: 'claude-haiku-4-5',
    servedBy: 'anthropic',
    tokensPerSecond: 140,
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    price: perMillion(1, 0.1, 5, 1.25, 2),
    pass: { simple: 0.98, moderate: 0.92, complex: 0.77 },
    criticAccuracy: 0.86,
  }),
  api({
    name: 'claude-sonnet-5-5',
    servedBy: 'anthropic',
    price: perMillion(2, 0.1, 10, 2.5, 4),
    pass: { simple: 0.99, moderate: 0.97, complex: 0.93 },
  }),
  api({
    name: 'claude-sonnet-4-5',
    servedBy: 'anthropic',
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    price: perMillion(3, 0.3, 15, 3.75, 6),
    pass: { simple: 0.99, moderate: 0.96, complex: 0.89 },
    criticAccuracy: 0.9,
  }),
  api({
    name: 'claude-opus-5-5',
    servedBy: 'anthropic',
    tokensPerSecond: 60,
    firstTokenMs: 700,
    price: perMillion(4, 0.2, 20, 5, 8),
    pass: { simple: 0.99, moderate: 0.98, complex: 0.96 },
    criticAccuracy: 0.94,
  }),
];
