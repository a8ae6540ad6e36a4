import { type Check, failed, passed } from './check.ts';
import { validateAgainst } from './schema.ts';

/** Does every tool call name a tool that was offered, with arguments its schema accepts? */
export const checkToolCalls: Check = ({ request, generation }) => {
  if (generation.toolCalls.length === 0) return undefined;
  const offered = new Map((request.tools ?? []).map((tool) => [tool.name, tool]));
  for (const call of generation.toolCalls) {
    const tool = offered.get(call.name);
    if (tool === undefined)
      return failed('tool_calls', 'format', 0, `calls ${call.name}, which was not offered`);
    if (typeof call.arguments === 'string')
      return failed('tool_calls', 'format', 0, `${call.name}: arguments are not JSON`);
    const outcome = validateAgainst(tool.parameters, call.arguments);
    if (outcome.valid === false) return failed('tool_calls', 'format', 0.1, `${call.name}: ${outcome.error}`);
  }
  const names = generation.toolCalls.map((call) => call.name).join(', ');
  return passed('tool_calls', 'format', `valid: ${names}`);
};
