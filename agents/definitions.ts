import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Complexity, complexities } from '../config/config.ts';
import { SwarmdError } from '../config/errors.ts';
import { parseFrontMatter } from '../config/front-matter.ts';
import { packageRoot } from '../config/paths.ts';
import { didYouMean } from '../config/suggest.ts';

/** A named role: how it is instructed and how hard its work is taken to be. */
export interface AgentDefinition {
  name: string;
  description: string;
  complexity: Complexity | undefined;
  instruction: string;
  /** The file it comes from. */
  origin: string;
}

const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  description: z.string().min(1),
  complexity: z.enum(complexities).optional(),
});

/** The built-in agents, and the user's over them: a file of the same name replaces ours. */
export function loadAgents(userFolder: string | undefined): ReadonlyMap<string, AgentDefinition> {
  const agents = new Map<string, AgentDefinition>();
  for (const folder of [
    join(packageRoot(), 'agents', 'library'),
    ...(userFolder === undefined ? [] : [userFolder]),
  ]) {
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith('.md')) continue;
      const agent = parseAgent(readFileSync(join(folder, file), 'utf8'), join(folder, file));
      agents.set(agent.name, agent);
    }
  }
  return agents;
}

/** Throws CONFIG_INVALID that names the file, the field and what is allowed. */
export function parseAgent(text: string, origin: string): AgentDefinition {
  const { fields, body } = parseFrontMatter(text, origin);
  const parsed = frontMatter.safeParse(fields);
  if (!parsed.success) {
    const known = Object.keys(frontMatter.shape);
    const faults = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown field "${key}"${didYouMean(key, known)}`).join(', ')
        : `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new SwarmdError('CONFIG_INVALID', `${origin}: ${faults.join('; ')}`, {
      where: origin,
      allowed: known.join(', '),
    });
  }
  if (body === '')
    throw new SwarmdError('CONFIG_INVALID', `${origin}: the instruction below the front matter is empty`, {
      where: origin,
    });
  const { name, description, complexity } = parsed.data;
  return { name, description, complexity, instruction: body, origin };
}
