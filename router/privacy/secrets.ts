/** Credentials: fixed prefixes that their issuers chose so that scanners find them, and assignments to a secret's name. */
import { type Found, findingsPerKind } from './finding.ts';

interface Prefix {
  kind: string;
  /** Case-sensitive literal the value begins with. */
  prefix: string;
  /** The whole value, anchored; no nested repetition, so that it is linear. */
  whole: RegExp;
}

const prefixes: readonly Prefix[] = [
  {
    kind: 'private-key',
    prefix: '-----BEGIN ',
    whole: /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y,
  },
  { kind: 'aws-access-key', prefix: 'AKIA', whole: /AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/y },
  { kind: 'aws-access-key', prefix: 'ASIA', whole: /ASIA[A-Z2-7]{16}(?![A-Za-z0-9])/y },
  {
    kind: 'anthropic-api-key',
    prefix: 'sk-ant-',
    whole: /sk-ant-[a-z0-9]{3,8}-[A-Za-z0-9_-]{20,200}/y,
  },
  {
    kind: 'openai-api-key',
    prefix: 'sk-',
    whole: /sk-(?!ant-)(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,220}/y,
  },
  { kind: 'github-token', prefix: 'ghp_', whole: /ghp_[A-Za-z0-9]{36,255}/y },
  { kind: 'github-token', prefix: 'gho_', whole: /gho_[A-Za-z0-9]{36,255}/y },
  { kind: 'github-token', prefix: 'ghs_', whole: /ghs_[A-Za-z0-9]{36,255}/y },
  { kind: 'github-token', prefix: 'github_pat_', whole: /github_pat_[A-Za-z0-9_]{50,255}/y },
  { kind: 'gitlab-token', prefix: 'glpat-', whole: /glpat-[A-Za-z0-9_-]{20,64}/y },
  { kind: 'slack-token', prefix: 'xox', whole: /xox[abeprs]-[A-Za-z0-9-]{10,200}/y },
  {
    kind: 'slack-webhook',
    prefix: 'hooks.slack.com/services/T',
    whole: /hooks\.slack\.com\/services\/T[A-Za-z0-9]{6,12}\/B[A-Za-z0-9]{6,12}\/[A-Za-z0-9]{20,30}/y,
  },
  { kind: 'google-api-key', prefix: 'AIza', whole: /AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y },
  { kind: 'google-oauth-secret', prefix: 'GOCSPX-', whole: /GOCSPX-[A-Za-z0-9_-]{28}/y },
  { kind: 'stripe-key', prefix: 'sk_live_', whole: /sk_live_[A-Za-z0-9]{16,120}/y },
  { kind: 'stripe-key', prefix: 'rk_live_', whole: /rk_live_[A-Za-z0-9]{16,120}/y },
  { kind: 'npm-token', prefix: 'npm_', whole: /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y },
  { kind: 'huggingface-token', prefix: 'hf_', whole: /hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9])/y },
  {
    kind: 'sendgrid-key',
    prefix: 'SG.',
    whole: /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/y,
  },
  { kind: 'twilio-key', prefix: 'SK', whole: /SK[0-9a-f]{32}(?![0-9A-Za-z])/y },
  {
    kind: 'json-web-token',
    prefix: 'eyJ',
    whole: /eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1000}/y,
  },
  { kind: 'age-secret-key', prefix: 'AGE-SECRET-KEY-1', whole: /AGE-SECRET-KEY-1[A-Z0-9]{58}/y },
];

/** One pass for all prefixes: 20 searches by `indexOf` took 1 ms on 80 KB, this takes 0.2. */
const anyPrefix = new RegExp(
  [...new Set(prefixes.map(({ prefix }) => prefix.replace(/[.]/g, '\\$&')))].join('|'),
  'g',
);

/** Names that make what follows `=` or `:` a secret. */
const secretName =
  /passwor[dt]|passwd|passphrase|kennwort|contraseña|secret|token|api[_-]?key|access[_-]?key|private[_-]key|credential/gi;

export function findSecrets(text: string): Found[] {
  const found: Found[] = [];
  for (const { 0: literal, index } of text.matchAll(anyPrefix)) {
    if (isWordBefore(text, index)) continue;
    for (const { kind, prefix, whole } of prefixes) {
      // `sk-` begins `sk-ant-` as well: every pattern whose literal stands here is tried.
      if (!prefix.startsWith(literal) && !literal.startsWith(prefix)) continue;
      whole.lastIndex = index;
      const match = whole.exec(text);
      if (match === null || !looksRandom(kind, match[0])) continue;
      found.push({ class: 'secret', kind, index, masked: `${prefix}…` });
      break;
    }
    if (found.length >= findingsPerKind) break;
  }
  found.push(...passwordsInUrls(text), ...assignedSecrets(text, found), ...passwordLines(text));
  return found;
}

/** `sk-learn-compatible-estimator` begins like a key: a key of that shape has digits and capitals. */
function looksRandom(kind: string, value: string): boolean {
  if (kind !== 'openai-api-key') return true;
  return /\d/.test(value) && /[A-Z]/.test(value) && /[a-z]/.test(value);
}

function isWordBefore(text: string, at: number): boolean {
  const code = text.charCodeAt(at - 1);
  return (
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
  );
}

const urlPassword = /:\/\/[A-Za-z0-9._%+-]{1,64}:([^\s/@:"'`<>]{3,128})@(?!example\.|host\b)[A-Za-z0-9[]/y;

/** A line that is nothing but the word and a value. */
const passwordLine = /^[ \t]*(?:passwor[dt]|kennwort)[ \t]+([^\s"'`,;(){}[\]<>]{6,64})[ \t]*$/gim;

/** `PASSWORD hunter2`: without a sign between them only alone on a line; in prose it would be any word. */
function passwordLines(text: string): Found[] {
  const found: Found[] = [];
  for (const { 0: line, 1: value = '', index } of text.matchAll(passwordLine)) {
    if (/^(?:sha|md|utf|base|aes|oauth|argon|v)-?\d/i.test(value) || !isSecretValue(value, false, true))
      continue;
    const at = index + line.length - line.trimStart().length;
    found.push({ class: 'secret', kind: 'assigned-secret', index: at, masked: 'password …' });
    if (found.length >= findingsPerKind) break;
  }
  return found;
}

/** `postgres://user:password@host`. */
function passwordsInUrls(text: string): Found[] {
  const found: Found[] = [];
  for (
    let at = text.indexOf('://');
    at >= 0 && found.length < findingsPerKind;
    at = text.indexOf('://', at + 3)
  ) {
    urlPassword.lastIndex = at;
    const match = urlPassword.exec(text);
    const value = match?.[1];
    if (value === undefined || isPlaceholder(value)) continue;
    found.push({ class: 'secret', kind: 'password-in-url', index: at, masked: '://…:…@' });
  }
  return found;
}

/**
 * `password = "…"`, `API_KEY=…`, `my password is …`. Most of what follows these names in code is a type, a
 * call or another name; a value has to be quoted or stand alone, and to mix letters with digits or signs.
 */
function assignedSecrets(text: string, known: readonly Found[]): Found[] {
  const found: Found[] = [];
  for (const { 0: name, index } of text.matchAll(secretName)) {
    const value = valueAfter(text, index + name.length);
    if (value === undefined || !isSecretValue(value.text, value.quoted, /^(?:pass|kenn|contra)/i.test(name)))
      continue;
    if (known.some((other) => other.index >= index && other.index <= value.index)) continue;
    found.push({ class: 'secret', kind: 'assigned-secret', index, masked: `${name.toLowerCase()}=…` });
    if (found.length >= findingsPerKind) break;
  }
  return found;
}

const assignment =
  /["'`\]]?\s{0,3}(?::=|=>|:|=|\bis\b|\blautet\b|\bes\b)\s{0,3}(?:(["'`])([^"'`\n]{4,256})\1|([^\s"'`,;(){}[\]<>]{6,256}))(?![A-Za-z0-9]*\()/y;

function valueAfter(text: string, at: number): { text: string; quoted: boolean; index: number } | undefined {
  assignment.lastIndex = at;
  const match = assignment.exec(text);
  if (match === null) return undefined;
  const quoted = match[2];
  const value = quoted ?? match[3] ?? '';
  return { text: value, quoted: quoted !== undefined, index: at + match[0].length - value.length };
}

function isSecretValue(value: string, quoted: boolean, isPassword: boolean): boolean {
  const bare = value.replace(/[.!?,;:]+$/, '');
  if (bare.length < (quoted ? 4 : 6) || /\s/.test(bare) || isPlaceholder(bare)) return false;
  const hasLetter = /[A-Za-z]/.test(bare);
  const hasDigit = /\d/.test(bare);
  const hasSign = /[!@#$%^&*+=?~|]/.test(bare);
  if (!hasLetter || !(hasDigit || hasSign)) return false;
  // A path, a member (`config.token2`), a type (`string|null`), a version or a URL is no password.
  if (/^(?:\.{0,2}\/|[A-Za-z]:\\|https?:|file:|[a-z]+:\/\/)/.test(bare)) return false;
  if (/^[A-Za-z_$][\w$]*(?:[?!]?\.[A-Za-z_$][\w$]*)+$/.test(bare)) return false;
  if (/^[A-Za-z]+(?:\|[A-Za-z]+)+$/.test(bare)) return false;
  if (/^[\^~]?v?\d+\.\d+/.test(bare)) return false;
  // Types and other names: `password: Uint8Array`, `const reply = AuthenticationMD5Password`.
  if (!quoted && /^(?:Big)?(?:Uint|Int|Float)\d+\w*$/.test(bare)) return false;
  if (!quoted && /^[A-Za-z_$][\w$]*(?:password|token|secret|key|credential)s?$/i.test(bare)) return false;
  // A word with a number at its end is what people choose as a password, and what code calls a variable.
  if (!quoted && !isPassword && /^[A-Za-z_]+\d{0,2}$/.test(bare) && !hasSign) return false;
  return true;
}

/** What documentation and templates write instead of a secret. */
function isPlaceholder(value: string): boolean {
  return (
    /^[$%{<[]|[>}]$|^\*+$|^x{3,}|^\.{3}|…/i.test(value) ||
    /^(?:your|my|the|some|example|dummy|test|fake|sample|placeholder|redacted|changeme|change-me|undefined|null|none|true|false|process\.env|os\.environ|env\.|secrets\.|ENV\[)/i.test(
      value,
    ) ||
    /^(?:secret|password|passwd|pass|pwd|authpassword|token|key|hidden|value|foo|bar|abc|xyz)[-_\d]*$/i.test(
      value,
    ) ||
    /\$\{|(?:example|placeholder|changeme|redacted|_here|-here)/i.test(value) ||
    /^(.)\1+$/.test(value)
  );
}
