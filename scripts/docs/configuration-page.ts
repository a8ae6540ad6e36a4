/** docs/configuration.md, made from the schema: `node scripts/docs/configuration-page.ts > docs/configuration.md`. */
import { pathToFileURL } from 'node:url';
import { actionTypeKeys, builtInActionTypes } from '../../config/action-types.ts';
import { loadCatalogue } from '../../config/catalogue.ts';
import { loadPrices, priceAt } from '../../config/prices.ts';
import { presetNames, settingsSchema } from '../../config/schema.ts';
import { type SchemaNode, settingsJsonSchema } from '../../config/schema-tree.ts';

const defaults: Record<string, unknown> = settingsSchema.parse({});

export function configurationPage(): string {
  return `${[introduction, ...sections(), modelKeys(), actionTypes(), catalogue(), prices()].join('\n\n')}\n`;
}

const introduction = `# Configuration

swarmd needs no file: without one it runs the preset \`tiers\` on an Ollama of this machine, and on the APIs whose
key is in the environment, after asking. \`swarmd init\` writes a commented \`swarmd.yaml\`, \`swarmd config check\`
says what is wrong with it, \`swarmd config show --origin\` what is in force and where each value comes from.

This page is made from the schema that checks the file; every key here has an effect, and a test shows it.

## Where values come from

The first that says something wins, key by key; lists are replaced as a whole:

1. flags: \`--set routing.quality_threshold=0.8\`
2. the environment: \`SWARMD_\` and the key path in capitals, levels joined by two underscores:
   \`SWARMD_ROUTING__QUALITY_THRESHOLD=0.8\`, \`SWARMD_ROLES=worker,api\`, \`SWARMD_LOG_LEVEL\` for \`log.level\`,
   \`SWARMD_TIERS__LOCAL_FAST__MODELS='[{name: mistral-7b, timeout: 30}]'\`. After them the variables other programs
   use: \`OLLAMA_HOST\` (host, host:port, :port or a URL), \`OPENAI_BASE_URL\`, \`ANTHROPIC_BASE_URL\`, \`MEMORY_DB\`
   (\`memory.path\`); \`REDIS_URL\` only where \`queue.url\` is \`redis\`.
3. the file that \`--config\` names, else \`SWARMD_CONFIG\`, else \`./swarmd.yaml\`
4. \`$XDG_CONFIG_HOME/swarmd/swarmd.yaml\` (\`~/.config\`)
5. \`/etc/swarmd/swarmd.yaml\`
6. the preset (\`preset:\`)
7. the defaults below

A key that is not on this page is refused with its file, line and the nearest known key. Relative paths start
from the folder of the file that has them. \`\${NAME}\` and \`\${NAME:-default}\` in a value take the environment
(\`$\${\` is a plain \`\${\`); an unquoted value is a number or a boolean where it looks like one afterwards.

Keys of APIs never stand in a file: \`ANTHROPIC_API_KEY\` and \`OPENAI_API_KEY\` (or the variable that \`api_key_env\`
names), the same with \`_FILE\` for a file that holds the key, or a systemd credential of that name. They are read
for each call, and shown nowhere.

\`SWARMD_HOME\` is where everything is kept that swarmd writes; else \`$XDG_DATA_HOME/swarmd\` (\`~/.local/share/swarmd\`).`;

/** One table for each top-level section. */
function sections(): string[] {
  const entries = Object.entries(settingsJsonSchema().properties ?? {});
  const single = entries.filter(([, node]) => node.properties === undefined && !isMapOfObjects(node));
  const rest = entries.filter(([, node]) => node.properties !== undefined || isMapOfObjects(node));
  return [
    `## Keys\n\n${table(single.flatMap(([key, node]) => rows(node, [key])))}`,
    ...rest.map(([key, node]) => {
      const meaning = node.description === undefined ? '' : `${node.description}\n\n`;
      const inner = isMapOfObjects(node) ? node.additionalProperties : undefined;
      if (key === 'models')
        return `## \`models\`\n\n${meaning}Keys of one entry: [Keys of a model](#keys-of-a-model).`;
      return `## \`${key}\`\n\n${meaning}${table(typeof inner === 'object' ? rows(inner, [key, 'NAME']) : rows(node, [key]))}`;
    }),
  ];
}

function isMapOfObjects(node: SchemaNode): boolean {
  return typeof node.additionalProperties === 'object' && node.additionalProperties.properties !== undefined;
}

function rows(node: SchemaNode, path: readonly string[]): string[][] {
  if (node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([key, child]) => rows(child, [...path, key]));
  if (isMapOfObjects(node) && typeof node.additionalProperties === 'object')
    return rows(node.additionalProperties, [...path, 'NAME']);
  const value = defaultAt(path);
  const standard = value === undefined ? '' : `\`${JSON.stringify(value)}\``;
  return [[`\`${path.join('.')}\``, typeOf(node), standard, escaped(node.description ?? '')]];
}

function table(lines: readonly string[][]): string {
  return [
    '| key | value | default | meaning |',
    '|---|---|---|---|',
    ...lines.map((line) => `| ${line.join(' | ')} |`),
  ].join('\n');
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(typeOf).join(' or ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`;
  if (node.type === 'object') {
    const inner = node.additionalProperties;
    if (node.properties !== undefined) return 'mapping';
    return typeof inner === 'object' ? `name → ${typeOf(inner)}` : 'mapping';
  }
  if (node.type === 'integer') return `whole number${range(node)}`;
  if (node.type === 'number') return `number${range(node)}`;
  return node.type === 'boolean' ? '`true`, `false`' : 'text';
}

function range({ minimum, maximum, exclusiveMinimum }: SchemaNode): string {
  const hasMaximum = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined)
    return `, over ${exclusiveMinimum}${hasMaximum ? ` to ${maximum}` : ''}`;
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER)
    return hasMaximum ? `, ${minimum} to ${maximum}` : `, from ${minimum}`;
  return '';
}

function defaultAt(path: readonly string[]): unknown {
  let current: unknown = defaults;
  for (const key of path)
    current =
      typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined;
  return current;
}

function modelKeys(): string {
  const models = settingsJsonSchema().properties?.tiers?.properties?.local_fast?.properties?.models;
  const node = models?.items?.anyOf?.find((branch) => branch.properties !== undefined);
  const lines = Object.entries(node?.properties ?? {}).map(([key, child]) => [
    `\`${key}\``,
    typeOf(child),
    key === 'enabled' ? '`true`' : '',
    escaped(child.description ?? ''),
  ]);
  return `## Keys of a model

In \`tiers.TIER.models\` a model is a name of the catalogue below, or a mapping with these keys; what it does not say
comes from the entry of \`models\` with its name, then from the catalogue.

${table(lines)}

A model is taken for your own hardware (nothing to pay, private prompts allowed) when it is served by this
machine, by an Ollama in a private network, or by an entry of \`hosts\` in a private network; on a public address only
with \`self_hosted: true\`. \`openai\` and \`anthropic\` never are, and neither is an Ollama model whose name ends in
\`-cloud\` or \`:cloud\`. A paid model takes part where its key is set; a model without a known price is never called.`;
}

function actionTypes(): string {
  const types = Object.values(builtInActionTypes());
  const byClass = ['simple', 'moderate', 'complex', undefined].map((complexity) => {
    const names = types.filter((type) => type.complexity === complexity).map((type) => `\`${type.name}\``);
    return `- ${complexity ?? 'classified by their prompt'}: ${names.join(', ')}`;
  });
  return `## Action types

${byClass.join('\n')}

A YAML file in \`actions_dir\` adds a type named as the file (or replaces a built-in one). Its keys: ${actionTypeKeys
    .map((key) => `\`${key}\``)
    .join(', ')}.

\`\`\`yaml
# triage.yaml
complexity: simple
template: |
  Sort this ticket into P1 to P4 and say why in one sentence.

  {{prompt}}
quality_threshold: 0.8
privacy: local
checks:
  - matches: { pattern: "P[1-4]" }
  - not_matches: { pattern: "sorry", flags: i, hard: false }
  - command: { program: ./check-ticket.sh, timeout_ms: 5000 }
\`\`\`

A template may use \`{{prompt}}\` and \`{{input.field}}\`. \`allow_personal_data\` lists classes (\`identity\`, \`contact\`)
that this type may send to an API although their rule is \`local\`.

### Checks of your own

\`checks\` is a list; each entry is exactly one of:

| check | keys | passes |
|---|---|---|
| \`matches\` | \`pattern\`, \`flags\`, \`hard\` | where the regular expression is found in the answer |
| \`not_matches\` | \`pattern\`, \`flags\`, \`hard\` | where it is not found |
| \`command\` | \`program\`, \`args\`, \`timeout_ms\`, \`hard\` | where the program ends with exit code 0 |

They run last, in their order, and on answers only in which no check of swarmd's own has failed hard
([docs/quality.md](quality.md), section 1). A check sees the answer's own text, without reasoning; where a schema was
asked for, the JSON without the prose around it. Answers that call tools are not checked.

\`hard: true\` (the default) fails the answer: its quality is at most 0.4 of the threshold, no later check runs, the next
model is asked. \`hard: false\` lowers the quality and leaves the answer accepted: of an answer that reaches the threshold
without the check it leaves at least the threshold. One that is below it anyway falls further behind the others.

Patterns are JavaScript's; \`flags\` are letters of \`imsuv\`. A pattern that takes more than 100 ms twice is stopped, and
counts as half passed, without being hard.

A command is started once for each answer, without a shell:

- *input:* the answer on standard input, UTF-8, and nothing else. It need not read it.
- *arguments:* \`args\` as they are written; nothing is added, no placeholder is replaced.
- *where:* in the working directory of the daemon. A \`program\` without a slash is looked for in PATH, one with a slash
  but no leading one is taken from the directory of the daemon: write the whole path. \`config check\` says if it is not there.
- *environment:* PATH, HOME and LANG=C.UTF-8 only; none of your keys.
- *result:* exit code 0 passes; any other, a signal, a program that cannot be started, more than 64 KiB of output, or
  \`timeout_ms\` (10,000) fails. After that time it is killed (SIGKILL).
- *kept:* of its output the last line of standard error, else of standard output, at most 160 characters, as evidence of
  the check with the call in the record: \`swarmd explain ID\` shows it. Nothing else of it is logged.`;
}

function catalogue(): string {
  const lines = loadCatalogue().map((model) => {
    const notes = [model.retired === undefined ? '' : `retired: ${model.retired}`, model.notes ?? ''];
    return `| \`${model.name}\` | ${model.provider} | \`${model.model_id}\` | ${model.kind} | ${model.size_gb ?? ''} | ${model.context_window.toLocaleString('en')} | ${escaped(notes.filter((note) => note !== '').join('; '))} |`;
  });
  return `## The model catalogue

GB are the weights at the quantization of \`config/models.yaml\`; speeds are the design documents' targets on their
hardware.

| name | provider | id | kind | GB | context | notes |
|---|---|---|---|---|---|---|
${lines.join('\n')}`;
}

function prices(): string {
  const { checked, periods } = loadPrices();
  const at = Date.parse(checked);
  const lines = [...periods.keys()].flatMap((id) => {
    const price = priceAt(id, at, 1);
    if (price === undefined) return [];
    const long = priceAt(id, at, 900_000);
    const step =
      long === undefined || long.input === price.input ? '' : `${long.input / 1000} / ${long.output / 1000}`;
    return [
      `| \`${id}\` | ${price.input / 1000} | ${price.cachedInput / 1000} | ${price.cacheWrite / 1000} | ${price.output / 1000} | ${step} |`,
    ];
  });
  return `## Prices

US dollars per million tokens on ${checked}, from \`config/prices.yaml\`, which names the source and the date of each.
Long prompts: over 100,000 tokens (claude-haiku-5-5) or 272,000 (OpenAI from GPT-5.6 on) the whole request costs
more. Another price, or a model that is not here: \`cost\` on the model.

| model | input | cached | cache write | output | long prompts, in / out |
|---|---|---|---|---|---|
${lines.join('\n')}

Presets: ${presetNames.map((name) => `\`${name}\``).join(', ')}; what each decides is in [policies.md](policies.md).`;
}

function escaped(text: string): string {
  return text.replace(/\|/g, '\\|');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(configurationPage());
