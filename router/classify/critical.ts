/** What would cost more than an API call if it went wrong. */
import type { Request } from '../types.ts';
import type { TextFacts } from './read-text.ts';

/** Tools whose effects nobody can take back. Reading, searching and edits with an undo are not among them. */
const irreversibleTool =
  /^(?:exec|shell|deploy|delete|remove|drop|pay|purchase|transfer|send_|publish|release)|_(?:delete|drop|pay|transfer|deploy|publish)$/;
const orchestrationTypes: ReadonlySet<string> = new Set(['orchestrate', 'spawn_daemon']);

const irreversibleVerbs: ReadonlySet<string> = new Set(
  'delete drop truncate wipe erase purge deploy publish release transfer wire pay refund revoke rotate terminate decommission lösche überweise supprime borra'.split(
    ' ',
  ),
);
const stakes: ReadonlySet<string> = new Set(
  'production prod database databases customer customers payment payments invoice invoices payroll account accounts bank money funds credentials secrets certificate certificates permissions backup backups live cluster branch force-push release users produktion datenbank konto'.split(
    ' ',
  ),
);
const securityWords: ReadonlySet<string> = new Set(
  'authentication authorization vulnerability vulnerabilities exploit encryption cryptographic injection xss csrf privilege firewall pentest'.split(
    ' ',
  ),
);
const securityVerbs: ReadonlySet<string> = new Set(
  'secure audit harden review implement design fix patch verify check assess find'.split(' '),
);

/** Why the request is critical, in words; undefined where nothing says so. Stated by the caller first, then what can be seen. */
export function criticalReason(
  request: Pick<Request, 'critical' | 'criticalBecause' | 'type' | 'tools'>,
  facts: TextFacts,
): string | undefined {
  if (request.critical) return request.criticalBecause ?? 'marked critical';
  if (orchestrationTypes.has(request.type)) return `type ${request.type} directs other agents`;
  const tool = request.tools?.find((candidate) => irreversibleTool.test(candidate.name));
  if (tool !== undefined) return `tool ${tool.name} cannot be undone`;
  const commanded = (verbs: ReadonlySet<string>): string | undefined =>
    facts.words.find((word, at) => facts.commands[at] === true && verbs.has(word));
  const irreversible = commanded(irreversibleVerbs);
  const securityVerb = commanded(securityVerbs);
  // Most texts command neither: their other words need no look.
  const stake = irreversible === undefined ? undefined : facts.words.find((word) => stakes.has(word));
  const security =
    securityVerb === undefined ? undefined : facts.words.find((word) => securityWords.has(word));
  if (irreversible !== undefined && stake !== undefined)
    return `"${irreversible}" with "${stake}" cannot be undone`;
  if (securityVerb !== undefined && security !== undefined)
    return `security: "${securityVerb}" with "${security}"`;
  return undefined;
}
