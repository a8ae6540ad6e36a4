/** A process of the ledger's crash test: makes calls until the budget refuses, settling two of three. */
import { openMemory } from '../../memory/memory.ts';
import { callEnd, callStart, noon } from './temporary-memory.ts';

const [path = '', dailyBudget = '0', name = ''] = process.argv.slice(2);
const memory = await openMemory({
  path,
  budget: { dailyBudget: Number(dailyBudget), monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
  cacheTtlMs: 0,
  usageLogPath: undefined,
  now: () => noon,
  onError: (error) => console.error(error),
});
for (let index = 0; ; index += 1) {
  const call = callStart({ callId: `${name}-${index}`, reserve: 90 + (index % 20) });
  const begun = await memory.ledger.begin(call);
  if (!begun.ok) break;
  console.log('begun');
  if (index % 3 > 0) await memory.ledger.finish(callEnd(call.callId, { cost: 30 }));
}
console.log('refused');
await memory.close();
