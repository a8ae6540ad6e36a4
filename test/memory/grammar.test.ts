import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwarmdError } from '../../config/errors.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { noon } from './temporary-memory.ts';

const day = 86_400_000;

test('every spelling of a filter means the same', () => {
  const pairs = [
    ['t=decision', 't=d'],
    ['t=TODO', 't=t'],
    ['type=T', 't=T'],
    ['task=7', 'task_id=7'],
    ['--topic=auth', 'topic=auth'],
    ['TOPIC=auth', 'topic=auth'],
    ['chat-id=1', 'chat_id=1'],
    ['from=2026-11-01', 'since=2026-11-01'],
    ['importance=high', 'importance=h'],
    ['limit=all', 'limit=-1'],
    ['sort=oldest', 'sort=time'],
    ['--count', 'count=yes'],
    ['recent=1m', 'recent=30d'],
    ['recent=60min', 'recent=1h'],
  ];
  for (const [one = '', other = ''] of pairs) {
    assert.deepEqual(parseQuery([one], noon), parseQuery([other], noon), `${one} = ${other}`);
  }
  assert.deepEqual(parseQuery(['--topic', 'two words'], noon).equal.topic, ['two words']);
});

test('a value is everything after the first equals sign, exactly', () => {
  for (const value of ['two words', 'a=b', ' lead', '"quoted"', "it's", '%_*', '', 'ünï\u0301', 'x\ny']) {
    assert.equal(parseQuery([`text=${value}`], noon).text, value);
  }
});

test('windows of time combine: the narrower one holds', () => {
  const cases: [string[], number | undefined, number | undefined][] = [
    [['recent=7d'], noon - 7 * day, undefined],
    [['recent=7d', 'since=2026-11-20'], Date.UTC(2026, 10, 20), undefined],
    [['recent=1h', 'since=2026-11-20'], noon - 3_600_000, undefined],
    [['until=2026-11-20'], undefined, Date.UTC(2026, 10, 21) - 1],
    [['until=2026-11-20T10:00'], undefined, Date.UTC(2026, 10, 20, 10)],
    [['since=2026-11-20T10:00+02:00'], Date.UTC(2026, 10, 20, 8), undefined],
    [['since=2026-11-01..2026-11-05'], Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 6) - 1],
    [['recent=7d..1d'], noon - 7 * day, noon - day],
    [['since=today'], Date.UTC(2026, 10, 21), undefined],
    [['since=2h'], noon - 7_200_000, undefined],
  ];
  for (const [terms, since, until] of cases) {
    const query = parseQuery(terms, noon);
    assert.deepEqual([query.since, query.until], [since, until], terms.join(' '));
  }
});

test('what is no filter, no value, or given twice is refused with the field named', () => {
  const cases: [string[], string, RegExp][] = [
    [['topc=auth'], 'USAGE', /unknown filter "topc" \(did you mean "topic"\?\)/],
    [['auth'], 'USAGE', /"auth" is not a filter/],
    [['topic'], 'USAGE', /"topic" has no value/],
    [['id=20..10'], 'INPUT_INVALID', /ends before it begins/],
    [['due=2026-12-02..2026-12-01'], 'INPUT_INVALID', /ends before it begins/],
    [['since=2026-11-21..2026-11-01'], 'INPUT_INVALID', /ends before it begins/],
    [['topic=llm_cost', 'tier=local_fats'], 'INPUT_INVALID', /did you mean "local_fast"/],
    [['t=x'], 'INPUT_INVALID', /unknown entry type "x"/],
    [['t=descision'], 'INPUT_INVALID', /did you mean "decision"/],
    [['recent=7'], 'INPUT_INVALID', /not a length of time/],
    [['recent=seven days'], 'INPUT_INVALID', /not a length of time/],
    [['since=2026-02-30'], 'INPUT_INVALID', /not a date/],
    [['since=yester'], 'INPUT_INVALID', /not a date/],
    [['limit=ten'], 'INPUT_INVALID', /not a whole number/],
    [['sort=colour'], 'INPUT_INVALID', /no value of sort/],
    [['by=tiers'], 'INPUT_INVALID', /did you mean "tier"/],
    [['count=maybe'], 'INPUT_INVALID', /is not true/],
    [['t=d', 'type=f'], 'USAGE', /given twice \(as t and type\)/],
    [['importance=X'], 'INPUT_INVALID', /no importance/],
  ];
  for (const [terms, code, message] of cases) {
    assert.throws(
      () => parseQuery(terms, noon),
      (error) => error instanceof SwarmdError && error.code === code && message.test(error.message),
      terms.join(' '),
    );
  }
});
