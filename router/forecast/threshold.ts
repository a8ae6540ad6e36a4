/** What policy `token-threshold` saves on a given traffic. */

/** How many requests have this many prompt tokens. */
export interface HistogramBin {
  tokens: number;
  count: number;
}

export interface ThresholdForecast {
  requests: number;
  tokens: number;
  /** Shares under the threshold, 0..1. */
  localRequests: number;
  localTokens: number;
  /** Mean prompt tokens on each side. */
  meanLocal: number;
  meanCloud: number;
}

export function forecastThreshold(histogram: readonly HistogramBin[], threshold: number): ThresholdForecast {
  const sum = (bins: readonly HistogramBin[], of: (bin: HistogramBin) => number): number =>
    bins.reduce((total, bin) => total + of(bin), 0);
  const local = histogram.filter((bin) => bin.tokens < threshold);
  const requests = sum(histogram, (bin) => bin.count);
  const tokens = sum(histogram, (bin) => bin.tokens * bin.count);
  const localCount = sum(local, (bin) => bin.count);
  const localTokens = sum(local, (bin) => bin.tokens * bin.count);
  return {
    requests,
    tokens,
    localRequests: requests === 0 ? 0 : localCount / requests,
    localTokens: tokens === 0 ? 0 : localTokens / tokens,
    meanLocal: localCount === 0 ? 0 : localTokens / localCount,
    meanCloud: requests === localCount ? 0 : (tokens - localTokens) / (requests - localCount),
  };
}

/**
 * The least mean size of local prompts with which a share of requests kept local can save a share of the cost:
 * every prompt on the cloud side has at least `threshold` tokens, so the rest has to weigh enough against them.
 * Cost is taken as proportional to prompt tokens, as the document does.
 */
export function leastLocalMean(localRequests: number, savings: number, threshold: number): number {
  const cloudTokens = (1 - localRequests) * threshold;
  const localTokens = (cloudTokens * savings) / (1 - savings);
  return localTokens / localRequests;
}

/** One `tokens count` (or `tokens,count`) a line; empty lines and lines that begin with # are skipped. */
export function parseHistogram(text: string): HistogramBin[] | { line: number; problem: string } {
  const bins: HistogramBin[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const match = /^(\d+)[\s,;]+(\d+)$/.exec(trimmed);
    if (match === null) return { line: at + 1, problem: 'must be two whole numbers: tokens and count' };
    bins.push({ tokens: Number(match[1]), count: Number(match[2]) });
  }
  return bins;
}
