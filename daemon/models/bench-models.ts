/** Measures models one after the other, server by server: two at once on one GPU would measure each other. */
import { apiKey } from '../../config/secrets.ts';
import { createProviders } from '../../router/providers/providers.ts';
import { systemClock } from '../clock.ts';
import type { UsableModel } from './find-models.ts';
import { measure } from './measure.ts';
import type { Measured } from './propose-tiers.ts';
import { someItems } from './quick-set.ts';

export interface BenchProgress {
  model: string;
  /** Questions answered so far. */
  done: number;
  of: number;
}

/** Small models first, so that the first figures come early. */
export async function benchModels(
  models: readonly UsableModel[],
  options: {
    items: number;
    env: NodeJS.ProcessEnv;
    signal: AbortSignal;
    onProgress: (progress: BenchProgress) => void;
    onMeasured: (measured: Measured) => void;
  },
): Promise<Measured[]> {
  const providers = createProviders({ apiKey: (model) => apiKey(model, options.env) });
  const items = someItems(options.items);
  const bySize = models.toSorted((a, b) => (a.spec.sizeGb ?? 0) - (b.spec.sizeGb ?? 0));
  const all: Measured[] = [];
  for (const usable of bySize) {
    if (options.signal.aborted) break;
    const report = (done: number) => options.onProgress({ model: usable.spec.name, done, of: items.length });
    report(0);
    const provider = providers(usable.spec);
    const measurement = await measure(usable.spec, items, provider, systemClock, options.signal, report);
    const measured = { usable, measurement };
    all.push(measured);
    options.onMeasured(measured);
  }
  return all;
}
