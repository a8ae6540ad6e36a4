/** One action of the demo, with what it is there to show. */
export interface DemoAction {
  label: string;
  /** DESIGN.md 7.2. */
  input: Record<string, unknown>;
}

const article =
  'The night train from Vienna reached Hamburg four hours late on Tuesday, after a storm had brought down a ' +
  'tree near Passau. 312 passengers waited in the dining car, where the crew served soup until morning. The ' +
  'railway said that it will refund half of every ticket and that the line is open again.';

const city = {
  type: 'object',
  properties: { name: { type: 'string' }, country: { type: 'string' }, population: { type: 'integer' } },
  required: ['name', 'country', 'population'],
  additionalProperties: false,
};

/** Simple, moderate and complex work; JSON by schema; private data; what needs a better model. */
export const demoActions: readonly DemoAction[] = [
  {
    label: 'sentiment',
    input: { prompt: 'Classify the sentiment as positive, negative or neutral: "I love this keyboard."' },
  },
  { label: 'arithmetic', input: { prompt: 'What is 17 * 23? Answer with the number only.' } },
  { label: 'yes or no', input: { type: 'yes_no_decision', prompt: 'Is 97 a prime number?' } },
  {
    label: 'tags by schema',
    input: {
      type: 'tag_classification',
      prompt: 'Tags: bug, feature, question.\nText: "The app crashes when I rotate the screen."',
    },
  },
  { label: 'topic', input: { type: 'extract_topic', prompt: article } },
  {
    label: 'pick one',
    input: { prompt: 'Which one of these is a fruit: hammer, apple, cloud? Answer with one word only.' },
  },
  {
    label: 'JSON by schema',
    input: { prompt: 'Give the city of Lisbon as JSON: name, country, population.', schema: city },
  },
  {
    label: 'private data',
    input: {
      prompt:
        'Write a polite payment reminder to Maria Keller, maria.keller@example.org, IBAN DE89 3704 0044 0532 0130 00.',
      privacy: 'local',
    },
  },
  { label: 'summary', input: { type: 'summarize', prompt: article } },
  {
    label: 'translation',
    input: { prompt: 'Translate to German: "The meeting moved to Thursday, please bring the plans."' },
  },
  {
    label: 'memory entry',
    input: { type: 'write_memory', prompt: 'We decided to use JWT for sessions because they are stateless.' },
  },
  {
    label: 'small function',
    input: {
      type: 'generate_code',
      prompt: 'Write a Python function median(values) that returns the median of a list of numbers.',
    },
  },
  {
    label: 'letter',
    input: {
      prompt: 'Explain in two short paragraphs to a customer why their parcel is late and what happens next.',
    },
  },
  {
    label: 'compare',
    input: { prompt: 'Compare SQLite and PostgreSQL for a small web shop, with one reason for each.' },
  },
  {
    label: 'debugging',
    input: {
      type: 'debug_error',
      prompt:
        'TypeError: Cannot read properties of undefined (reading "map") at renderList (list.js:14). The list comes from fetch(). Find the cause step by step and propose a fix.',
    },
  },
  {
    label: 'proof',
    input: { prompt: 'Prove step by step that the square root of 2 is irrational, and explain each step.' },
  },
  {
    label: 'design',
    input: {
      prompt:
        'Design a rate limiter for an API that runs on three servers: analyse the trade-offs of token bucket and sliding window, and decide.',
    },
  },
  {
    label: 'refactoring plan',
    input: {
      type: 'multi_file_refactor',
      prompt:
        'Plan how to split a 3,000-line module into layers without breaking its users, in ordered steps.',
    },
  },
  {
    label: 'sub-agents',
    input: {
      type: 'agent',
      objective:
        'Write a one-page comparison of tea and coffee for office kitchens: cost, health, and effort.',
    },
  },
];

/** The first action again, when it has ended: answered by the cache. */
export const repeated: DemoAction = {
  label: 'the same again',
  input: demoActions[0]?.input ?? {},
};
