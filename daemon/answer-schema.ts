import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * Says why a JSON Schema cannot be used, or undefined when it can. Compiling it is the only honest test; a
 * schema that fails only when the answer is judged would have cost the calls first.
 */
export function brokenSchema(schema: Readonly<Record<string, unknown>>): string | undefined {
  const older = typeof schema.$schema === 'string' && /draft-0[67]/.test(schema.$schema);
  // `strict: false`: keywords it does not know (OpenAPI's `example`) are notes, not mistakes.
  const ajv = older ? new Ajv({ strict: false }) : new Ajv2020({ strict: false });
  addFormats.default(ajv);
  try {
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return (error as Error).message.slice(0, 200);
  }
}
