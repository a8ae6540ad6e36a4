/**
 * Policy `token-threshold` (ADR-006): prompts under `hybrid.threshold_tokens` (8,000) stay local, longer ones go
 * to the cloud. What fails locally is tried again there (`retry.*`, three times, 1 to 10 s) and then goes to the
 * cloud; what the cloud cannot do comes back. The tokens are an estimate of the prompt, and near the threshold a
 * count (`counted-tokens.ts`); a model whose context cannot hold it is left out by the hard constraints whichever side of the threshold it stands on.
 */
import type { Policy } from '../types.ts';
import { byTier, namedFirst } from './candidates.ts';

export const tokenThresholdPolicy: Policy = {
  name: 'token-threshold',
  tokenBounds: ({ hybrid }) => [
    { tokens: hybrid.thresholdTokens, name: `hybrid.threshold_tokens (${hybrid.thresholdTokens})` },
  ],
  order(_request, classification, context) {
    const { thresholdTokens } = context.config.hybrid;
    const tokens = classification.inputTokens;
    const isLocal = tokens < thresholdTokens;
    const why = `${tokens} prompt tokens, ${isLocal ? 'under' : 'not under'} hybrid.threshold_tokens (${thresholdTokens})`;
    const local = byTier(
      context.config,
      ['local_fast', 'local_quality'],
      isLocal ? why : 'the cloud did not answer',
    );
    const cloud = byTier(context.config, ['api_fallback'], isLocal ? 'local models did not answer' : why);
    const ordered = {
      candidates: isLocal ? [...local, ...cloud] : [...cloud, ...local],
      reason: `${why}: ${isLocal ? 'local' : 'cloud'} first`,
    };
    return namedFirst(ordered, classification.namedModel, context.config);
  },
};
