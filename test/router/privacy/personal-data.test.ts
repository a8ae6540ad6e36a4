import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PersonalDataClass } from '../../../config/config.ts';
import { findPersonalData, personalDataOf } from '../../../router/privacy/personal-data.ts';
import { aRequest } from '../support.ts';

const letters = (count: number): string => 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z'.repeat(10).slice(0, count);
/** Keys are put together here, so that no scanner takes this file for a leak. */
const join = (...parts: string[]): string => parts.join('');

const positives: ReadonlyArray<[PersonalDataClass, string, string]> = [
  // secrets
  ['secret', 'private-key', join('-----BEGIN RSA PRIVATE', ' KEY-----\nMIIE')],
  ['secret', 'private-key', join('-----BEGIN OPENSSH PRIVATE', ' KEY-----')],
  ['secret', 'private-key', join('-----BEGIN PGP PRIVATE', ' KEY BLOCK-----')],
  ['secret', 'private-key', join('-----BEGIN PRIVATE', ' KEY-----')],
  ['secret', 'aws-access-key', join('key AKIA', 'IOSFODNN7EXAMPLE', ' leaked')],
  ['secret', 'anthropic-api-key', join('sk-ant-', 'api03-', letters(40))],
  ['secret', 'openai-api-key', join('sk-', 'proj-', letters(48))],
  ['secret', 'openai-api-key', join('Authorization: Bearer sk-', letters(48))],
  ['secret', 'github-token', join('ghp_', letters(30), 'abcdef')],
  ['secret', 'github-token', join('github_pat_', letters(60))],
  ['secret', 'gitlab-token', join('glpat-', letters(20))],
  ['secret', 'slack-token', join('xoxb-', '123456789012-', letters(24))],
  ['secret', 'google-api-key', join('AIza', letters(35))],
  ['secret', 'stripe-key', join('sk_live_', letters(24))],
  ['secret', 'npm-token', join('npm_', letters(30), 'abcdef')],
  ['secret', 'huggingface-token', join('hf_', letters(34))],
  [
    'secret',
    'json-web-token',
    join('eyJ', 'hbGciOiJIUzI1NiJ9', '.eyJ', 'zdWIiOiIxMjM0In0', '.', letters(43)),
  ],
  ['secret', 'password-in-url', 'postgres://app:s3cr3tPw@db.internal:5432/app'],
  ['secret', 'assigned-secret', 'password: hunter2'],
  ['secret', 'assigned-secret', 'my password is Tr0ub4dor&3, remember it'],
  ['secret', 'assigned-secret', 'DB_PASSWORD=correct-horse-battery-9'],
  ['secret', 'assigned-secret', '{"api_key": "9f8e7d6c5b4a39281706"}'],
  ['secret', 'assigned-secret', "const clientSecret = 'kd93-ska2-pq81'"],
  ['secret', 'assigned-secret', 'export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYz3'],
  ['secret', 'assigned-secret', 'Das Passwort lautet Sommer#2024'],
  // identity
  ['identity', 'payment-card', 'pay with 4111 1111 1111 1111 please'],
  ['identity', 'payment-card', 'pay with 4111-1111-1111-1111'],
  ['identity', 'payment-card', '5555555555554444'],
  ['identity', 'payment-card', 'amex 3782 822463 10005'],
  ['identity', 'iban', 'IBAN: DE89 3704 0044 0532 0130 00'],
  ['identity', 'iban', 'to GB82WEST12345698765432 today'],
  ['identity', 'iban', 'FR14 2004 1010 0505 0001 3M02 606 is mine'],
  ['identity', 'us-social-security', 'SSN 078-05-1120'],
  ['identity', 'us-social-security', 'my social security number is 219 09 9999'],
  ['identity', 'british-national-insurance', 'NI number QQ 12 34 56 C'.replace('QQ', 'AB')],
  ['identity', 'spanish-dni', 'DNI 12345678Z'],
  ['identity', 'spanish-dni', 'NIE X1234567L'],
  ['identity', 'french-social-security', '1 85 05 78 006 084 91'.replaceAll(' ', '')],
  ['identity', 'brazilian-cpf', 'CPF 529.982.247-25'],
  ['identity', 'german-tax-id', 'Meine Steuer-ID: 86095742719'],
  ['identity', 'indian-aadhaar', 'Aadhaar 2341 2341 2346'],
  ['identity', 'chinese-resident-id', '11010519491231002X'],
  ['identity', 'italian-fiscal-code', 'RSSMRA85T10A562S'],
  ['identity', 'passport', 'Passport no. C01X00T47'.replace('C01X00T47', 'L898902C')],
  ['identity', 'date-of-birth', 'Date of birth: 12.03.1984'],
  ['identity', 'date-of-birth', 'geboren am 3. März 1984'],
  ['identity', 'health', 'The patient was diagnosed with lymphoma in May'],
  ['identity', 'health', 'My doctor says my HIV test is positive, I have to tell my wife'],
  ['identity', 'health', 'Patient ID 4711, started chemotherapy'],
  ...[
    'My mother has breast cancer. What now?',
    'Patient John Miller, HIV positive, takes Biktarvy',
    'Tom has HIV',
    'my son has ADHD and takes Ritalin',
    'She is pregnant and depressed',
    'Meine Tochter hat Epilepsie',
    'Meine Diagnose ist Depression',
    'Anna Schmidt was diagnosed with diabetes',
    'Patient John Smith has HIV, summarize his chart',
    'Ma mère a un cancer du sein',
    'Mi madre tiene cáncer',
    'Mia madre ha il diabete',
    'What helps against my diabetes?',
    'Ich nehme Ritalin und schlafe schlecht',
  ].map((text): [PersonalDataClass, string, string] => ['identity', 'health', text]),
  ['identity', 'passport', 'My passport number is C01X00T47'],
  ['identity', 'date-of-birth', 'born 12.03.1984 in Köln'],
  ['secret', 'assigned-secret', 'PASSWORD hunter2'],
  // contact
  ['contact', 'email', 'Author: Jane Roe <jane.roe@acme.io>'],
  ['contact', 'email', 'write to max+news@mail.example-shop.de.'],
  ['contact', 'phone', 'call +49 30 901820'],
  ['contact', 'phone', 'call (415) 867-5309'],
  ['contact', 'phone', 'Tel. 030 90182000'],
  ['contact', 'phone', 'ring 415-867-5309 today'],
  ['contact', 'phone', '+1 415 867 5309'],
];

for (const [cls, kind, text] of positives) {
  test(`finds ${kind} in: ${text.slice(0, 24).replaceAll('\n', ' ')}…`, () => {
    const found = findPersonalData(text, 'user');
    assert.ok(
      found.some((finding) => finding.class === cls && finding.kind === kind),
      `${text}: ${JSON.stringify(found)}`,
    );
    assert.ok(found.every((finding) => finding.source === 'user' && finding.index < text.length));
  });
}

/** What people work with all day, and what must not keep a request at home. */
const quiet: ReadonlyArray<[string, string]> = [
  ['a version', '"version": "13.2.0", "node": ">=22.18.0", v1.2.3-rc.4, 2024.11.21.1'],
  ['a UUID', 'id 550e8400-e29b-41d4-a716-446655440000 and 11111111-1111-4111-8111-111111111111'],
  ['hashes', 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 99b735d 2396725'],
  [
    'a lock file',
    '"integrity": "sha512-K8f6YhYxPh3Cq6FPQNqbSDk9SzDVfOMjLzBUlKHv9PkSUuFqYwT1vSqgdWjO7fPn1n4F2YyFoBbWHZb9z6mBjw==", "resolved": "https://registry.npmjs.org/undici/-/undici-7.30.2.tgz"',
  ],
  ['packages', 'npm install react@18.2.0 @types/node@24.19.2 lodash@^4.17.21 typescript@latest'],
  ['timestamps', '2024-01-02T03:04:05.678901Z 1700000000 1700000000000 1700000000000000 1700000000000000000'],
  ['a diff', '@@ -12,7 +12,8 @@\n-const a = 1;\n+const b = 20240102;\n+1234567890\n+4915112345678'],
  ['git remotes', 'git@github.com:acme/app.git ssh://git@gitlab.com/acme/app.git'],
  ['decorators', '@Injectable() export class A {} // @ts-expect-error @param {string} x'],
  ['units and images', 'getty@tty1.service icon@2x.png user@1000.service'],
  ['documentation addresses', 'alice@example.com, bob@example.org, root@localhost, noreply@github.com'],
  ['types', 'password: string; token: Token; apiKey?: string | undefined; secret: Uint8Array'],
  ['calls', "const token = getToken('abc1'); password = os.getenv('PW1'); secret = await vault.read1()"],
  ['members', 'token: request.headers.authorization2, password: config.db.password1'],
  ['templates', `PASSWORD=\${DB_PASSWORD1} token: {{ token1 }} api_key: <your-key-1> secret: %SECRET1%`],
  ['secrets of a pipeline', `GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }} NPM_TOKEN=$NPM_TOKEN1`],
  ['placeholders', 'password: changeme1 api_key="your-api-key-123" token=xxxxxxxx1 secret: ********'],
  ['limits', 'max_tokens: 4096, tokens=20480, token_count: 12345678, tokenizer: o200k_base'],
  ['prose about secrets', 'The secret is to begin. A token is a piece of a word. My password is too long.'],
  ['a URL', 'https://api.acme.io:8443/v1/users?page=2&limit=100 http://127.0.0.1:7717/healthz'],
  ['a URL with placeholders', 'postgres://user:password@localhost/db redis://username:pass@host:6379'],
  ['an address range', '192.168.100.200 10.0.0.1:5432 2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
  ['big numbers', '123456789012345 = 9876543210 * 12500, pi 3.14159265358979323846, 6.02214076e23'],
  ['sixteen digits that are no card', 'order 1234567890123456, snowflake 1293847561029384756'],
  ['a number with the wrong check digit', 'card 4111 1111 1111 1112, IBAN DE88 3704 0044 0532 0130 00'],
  ['never issued numbers', 'SSN 000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567'],
  ['an upper-case identifier', 'AB12CD34EF56 ERR_INVALID_ARG_TYPE UTF8 SHA256 EC2 US12AB34CD56EF78'],
  ['dates and times', '12/03/1984 2024-11-21 03:42, from 10-12-2023 to 11-01-2024, 20241121-034200'],
  ['scores and ranges', 'pages 100-200, 3-2-1, 2019-2024, 555-1234 items, 10.000.000 rows'],
  ['diagnosing software', 'Diagnose why my server has a memory leak; be patient, its symptoms vary'],
  ['economics', 'The great depression: he and she lost their savings, and his bank failed'],
  ['a column', 'the patient table has a diabetes column; Patient has a diabetes field'],
  ['research', 'Summarise research on HIV. Tom has a paper on HIV, and she works on cancer screening.'],
  ['a question in general', 'What causes breast cancer, and how is diabetes treated? Is depression common?'],
  ['keys', 'the depression of the key has a delay; I have to cancel her subscription'],
  ['a medical data set', 'I have a diabetes dataset; my cancer detection model overfits'],
  ['prose about passwords', 'password policies\nthe PASSWORD field1 of a form, reset password sha256'],
  ['sklearn', 'sk-learn-compatible-estimator-with-a-long-name and task-runner-sk-something-else'],
  ['a commit', 'commit 2396725 (HEAD -> main)\nDate:   Sat Nov 21 03:42:11 2026 +0000\n\n    Skeleton'],
  ['base64', 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'],
];

for (const [name, text] of quiet) {
  test(`stays quiet on ${name}`, () => {
    assert.deepEqual(
      findPersonalData(text, 'user').map((finding) => [finding.kind, text.slice(finding.index)]),
      [],
    );
  });
}

test('a commit log is contact data at most', () => {
  const log = Array.from(
    { length: 50 },
    (_, at) =>
      `commit ${(0x2396725 + at * 7919).toString(16).padStart(40, 'a')}\nAuthor: Jane Roe <jane${at}@acme.io>\nDate: Sat Nov 21 03:42:11 2026 +0100\n\n    Fix #${1000 + at}: token refresh (closes GH-${at})\n`,
  ).join('\n');
  const found = findPersonalData(log, 'tool');
  assert.ok(found.length > 0);
  assert.deepEqual([...new Set(found.map((finding) => finding.class))], ['contact']);
  assert.deepEqual([...new Set(found.map((finding) => finding.source))], ['tool']);
});

test('what is told of one person in one sentence is one finding', () => {
  for (const text of ['Anna Schmidt was diagnosed with diabetes', 'my son has ADHD and takes Ritalin']) {
    assert.deepEqual(
      findPersonalData(text, 'user').map((finding) => finding.kind),
      ['health'],
    );
  }
});

test('a finding never contains what was found', () => {
  for (const [, , text] of positives) {
    for (const finding of findPersonalData(text, 'user')) {
      const digits = finding.masked.replace(/\D/g, '');
      assert.ok(digits.length <= 4, finding.masked);
      assert.ok(finding.masked.length <= 40, finding.masked);
    }
  }
});

test('personal data is found wherever it stands in a long text', () => {
  const filler = 'The quick brown fox jumps over the lazy dog 12 times. '.repeat(1_500);
  for (const cut of [0, 10_000, 40_500, filler.length]) {
    const text = `${filler.slice(0, cut)} 4111 1111 1111 1111 ${filler.slice(cut)}`;
    assert.deepEqual(
      findPersonalData(text, 'user').map((finding) => finding.kind),
      ['payment-card'],
    );
  }
});

test('a valid card or IBAN is found between any words', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('4111 1111 1111 1111', '5555-5555-5555-4444', 'DE89 3704 0044 0532 0130 00'),
      fc.array(fc.constantFrom('the', 'pay', 'with', 'number', 'now', 'by', 'Friday,', '(', ':'), {
        maxLength: 8,
      }),
      fc.array(fc.constantFrom('please', 'now', 'and', 'go.', 'bye', '!'), { maxLength: 8 }),
      (value, before, after) => {
        const found = findPersonalData([...before, value, ...after].join(' '), 'user');
        assert.equal(found.filter((finding) => finding.class === 'identity').length, 1);
      },
    ),
  );
});

test('every text a call would send is searched, and what tools returned is told apart', () => {
  const found = personalDataOf(
    aRequest('Summarise this', {
      messages: [
        { role: 'system', content: 'password: hunter2' },
        { role: 'user', content: 'Summarise this for jane@acme.io' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: '1', name: 'pay', arguments: { card: '4111 1111 1111 1111' } }],
        },
        { role: 'tool', content: 'Author: max@acme.io', toolCallId: '1' },
      ],
      sourceText: 'SSN 078-05-1120',
    }),
  );
  assert.deepEqual(
    found.map((finding) => `${finding.kind} ${finding.source}`),
    ['assigned-secret user', 'email user', 'payment-card user', 'email tool', 'us-social-security user'],
  );
});
