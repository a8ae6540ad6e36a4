import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Complexity, complexities } from '../config/config.ts';
import { SwarmdError } from '../config/errors.ts';
import { parseFrontMatter } from '../config/front-matter.ts';
import { packageRoot } from '../config/paths.ts';
import { didYouMean } from '../config/suggest.ts';

/** A named role: how it is instructed, how hard its work is taken to be, and whether it may leave this house. */
export interface AgentDefinition {
  name: string;
  description: string;
  complexity: Complexity | undefined;
  /** `local`: whatever this agent works on stays on the user's own hardware, and so does what it hands on. */
  privacy?: 'local';
  instruction: string;
  /** The file it comes from. */
  origin: string;
}

const frontMatter = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  description: z.string().min(1),
  complexity: z.enum(complexities).optional(),
  privacy: z
    .literal('local', { error: 'only local: the strictest of action, type, agent and client wins' })
    .optional(),
});

/**
 * Fields that are planned for agents and do nothing yet, with what to use meanwhile. They are refused: a limit
 * that is written down and not kept is worse than none.
 */
const notYet: Readonly<Record<string, string>> = {
  tools: 'agents call no tools yet',
  tier: 'complexity here, or tier on the action',
  max_turns: 'an agent answers in one turn yet',
  max_tokens: 'max_tokens on the action',
  budget_usd: 'cost_control.agent_budgets in swarmd.yaml, or budget_usd on the action',
  timeout: 'deadline_ms on the action',
  max_children: 'agents.max_children in swarmd.yaml',
  max_depth: 'agents.max_depth in swarmd.yaml',
  max_descendants: 'agents.max_descendants in swarmd.yaml',
  output_schema: 'schema on the action',
};

/**
 * The built-in agents, and the user's over them: a file of the same name replaces ours. Throws CONFIG_INVALID for
 * a folder that is not there, a file with faults, and two of the user's files for one agent.
 */
export function loadAgents(userFolder: string | undefined): ReadonlyMap<string, AgentDefinition> {
  const agents = readFolder(join(packageRoot(), 'agents', 'library'));
  if (userFolder !== undefined) for (const [name, agent] of readFolder(userFolder)) agents.set(name, agent);
  return agents;
}

function readFolder(folder: string): Map<string, AgentDefinition> {
  const agents = new Map<string, AgentDefinition>();
  for (const file of filesIn(folder)) {
    const agent = parseAgent(readFileSync(join(folder, file), 'utf8'), join(folder, file));
    const before = agents.get(agent.name);
    if (before !== undefined)
      throw new SwarmdError('CONFIG_INVALID', `${agent.origin}: the agent "${agent.name}" is defined twice`, {
        where: agent.origin,
        allowed: `another name; this one is taken by ${before.origin}`,
      });
    agents.set(agent.name, agent);
  }
  return agents;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      .sort();
  } catch (error) {
    throw new SwarmdError(
      'CONFIG_INVALID',
      `agents_dir: cannot read ${folder}: ${(error as Error).message}`,
      {
        where: folder,
        allowed: 'a folder of Markdown files',
        cause: error,
      },
    );
  }
}

/** Throws CONFIG_INVALID that names the file, the field and what is allowed. */
export function parseAgent(text: string, origin: string): AgentDefinition {
  const { fields, body } = parseFrontMatter(text, origin);
  const parsed = frontMatter.safeParse(fields);
  if (!parsed.success) {
    const known = Object.keys(frontMatter.shape);
    const faults = parsed.error.issues.map((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownField(key, known)).join(', ')
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
  const { name, description, complexity, privacy } = parsed.data;
  return {
    name,
    description,
    complexity,
    ...(privacy === undefined ? {} : { privacy }),
    instruction: body,
    origin,
  };
}

function unknownField(key: string, known: readonly string[]): string {
  const instead = Object.hasOwn(notYet, key) ? notYet[key] : undefined;
  if (instead !== undefined) return `"${key}" has no effect yet and is refused (instead: ${instead})`;
  return `unknown field "${key}"${didYouMean(key, known)}`;
}
