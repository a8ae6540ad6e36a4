import { type Config, type HostSpec, tierNames } from '../config/config.ts';
import type { Residency } from '../router/providers/residency.ts';
import type { HostSlots } from '../router/slots.ts';
import type { Clock } from '../router/types/outside.ts';

/** A server of this machine answers in a few milliseconds; one that does not is asked again later. */
const answerWithinMs = 2_000;
/** Ollama unloads by itself what nobody used for five minutes. */
const askAgainMs = 60_000;

/**
 * Learns what each host holds, as far as its servers say, without holding up anything: at the start, so that
 * the first requests go to what is loaded already, and every minute, because servers unload by themselves.
 * A host that works meanwhile knows better than an answer on its way. Returns the function that ends it.
 */
export function watchResidency(given: {
  slots: Pick<HostSlots, 'learn' | 'load'>;
  residency: Pick<Residency, 'loaded'>;
  config: Config;
  clock: Clock;
}): () => void {
  const { slots, residency, config, clock } = given;
  const ended = new AbortController();
  const models = tierNames.flatMap((tier) => config.tiers[tier]);

  async function ask(host: HostSpec): Promise<void> {
    const loadsBefore = loadsOf(host.name);
    const served = models.filter((model) => model.host === host.name);
    const loaded = await residency.loaded(host, served, answerWithinMs);
    if (loaded === undefined || ended.signal.aborted || loadsOf(host.name) !== loadsBefore) return;
    slots.learn(host.name, loaded);
  }
  /** No number, equal to none, while a model is being loaded. */
  function loadsOf(host: string): number {
    const load = slots.load().find((one) => one.host === host);
    return load === undefined || load.loading ? Number.NaN : load.swaps.count;
  }

  void (async () => {
    while (!ended.signal.aborted) {
      await Promise.all(Object.values(config.hosts).map(ask));
      await clock.sleep(askAgainMs, ended.signal).catch(() => {});
    }
  })();
  return () => ended.abort();
}
