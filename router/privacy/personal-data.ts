/**
 * Finds personal data in a text: what may not go to somebody else's computer without the user's word.
 *
 *   secret    keys, tokens, passwords: whoever reads them can act as the user
 *   identity  national ids, cards, IBAN, health: harm that cannot be undone
 *   contact   e-mail addresses, phone numbers
 *
 * It runs on every request, on all of its text, so it is built as a sieve: `indexOf` for the fixed prefixes,
 * one pass over the characters for runs of digits, and the validators (libphonenumber-js, ibantools,
 * card-validator: 30 ms to load) only for the few candidates that are left. A finding costs an API call that
 * could have been made, so every pattern has to prove itself (check digit, context, entropy) before it counts:
 * commit logs, lock files and code must stay quiet.
 */
import type { PersonalDataFinding, Request } from '../types.ts';
import { findContacts } from './contact.ts';
import { findDigitRuns } from './digit-runs.ts';
import type { Found } from './finding.ts';
import { findIdentities } from './identity.ts';
import { findSecrets } from './secrets.ts';

type Source = PersonalDataFinding['source'];

/** Everything personal in one text, in order of place; at most a few findings of each kind. Values are masked. */
export function findPersonalData(text: string, source: Source): PersonalDataFinding[] {
  if (text.length < 6) return [];
  const runs = findDigitRuns(text);
  const found: Found[] = [...findSecrets(text), ...findIdentities(text, runs), ...findContacts(text, runs)];
  return found
    .sort((one, other) => one.index - other.index)
    .map((finding): PersonalDataFinding => ({ ...finding, source }));
}

/** Definitions are the same turn after turn of a run: each is searched once. */
const ofDefinitions = new WeakMap<object, readonly PersonalDataFinding[]>();

function findInDefinitions(definitions: object): readonly PersonalDataFinding[] {
  let found = ofDefinitions.get(definitions);
  if (found === undefined) {
    found = findPersonalData(JSON.stringify(definitions), 'user');
    ofDefinitions.set(definitions, found);
  }
  return found;
}

/**
 * Everything personal that a call of this request would send: all its messages, whoever wrote them, the tools'
 * definitions, the schema, and the text it has to stay grounded in. A key in a system prompt leaves the house
 * like any other.
 */
export function personalDataOf(
  request: Pick<Request, 'messages' | 'userText' | 'sourceText' | 'tools' | 'schema'>,
): PersonalDataFinding[] {
  const found: PersonalDataFinding[] = [];
  const seen = new Set<string>();
  const look = (text: string, source: Source): void => {
    if (seen.has(text)) return;
    seen.add(text);
    found.push(...findPersonalData(text, source));
  };
  // The user's text first: where it is a message as well, its findings are the user's.
  look(request.userText, 'user');
  for (const message of request.messages) {
    look(message.content, message.role === 'tool' ? 'tool' : 'user');
    for (const call of message.toolCalls ?? []) {
      look(
        typeof call.arguments === 'string' ? call.arguments : (JSON.stringify(call.arguments) ?? ''),
        'user',
      );
    }
  }
  if (request.sourceText !== undefined) look(request.sourceText, 'user');
  if (request.tools !== undefined) found.push(...findInDefinitions(request.tools));
  if (request.schema !== undefined) found.push(...findInDefinitions(request.schema));
  return found;
}
