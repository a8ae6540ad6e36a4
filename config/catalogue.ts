/** The model catalogue (`models.yaml`): what swarmd knows of a model by its name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SwarmdError } from './errors.ts';
import { packageRoot } from './paths.ts';
import { modelDefinition } from './schema-models.ts';

const entry = modelDefinition.extend({
  provider: modelDefinition.shape.provider.unwrap(),
  kind: modelDefinition.shape.kind.unwrap(),
  context_window: modelDefinition.shape.context_window.unwrap(),
  max_tokens: modelDefinition.shape.max_tokens.unwrap(),
  quantization: z.string().optional(),
  /** Other names it goes by in the documents. */
  aliases: z.array(z.string()).default([]),
  /** The most its provider lets one answer have, where that is less than the context. */
  max_output_tokens: z.int().optional(),
  /** Its provider has taken it down; the text says what to use instead. */
  retired: z.string().optional(),
  notes: z.string().optional(),
});

export type CatalogueEntry = z.output<typeof entry> & { name: string; model_id: string };

let packaged: readonly CatalogueEntry[] | undefined;

/** Every entry, in the order of the file. Throws CONFIG_INVALID when the file is damaged. */
export function loadCatalogue(): readonly CatalogueEntry[] {
  packaged ??= readCatalogue(join(packageRoot(), 'config', 'models.yaml'));
  return packaged;
}

function readCatalogue(path: string): readonly CatalogueEntry[] {
  const result = z
    .strictObject({ models: z.record(z.string(), entry) })
    .safeParse(parse(readFileSync(path, 'utf8')));
  if (!result.success)
    throw new SwarmdError('CONFIG_INVALID', `the catalogue is damaged: ${z.prettifyError(result.error)}`, {
      where: path,
    });
  return Object.entries(result.data.models).map(([name, model]) => ({
    ...model,
    name,
    model_id: model.model_id ?? name,
  }));
}

/** The entry of that name, alias or provider's id; undefined when there is none. */
export function catalogueEntry(name: string): CatalogueEntry | undefined {
  const all = loadCatalogue();
  return (
    all.find((model) => model.name === name) ??
    all.find((model) => model.aliases.includes(name) || model.model_id === name)
  );
}
