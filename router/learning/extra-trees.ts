import { seededRandom } from './evaluate.ts';

/**
 * Extremely randomized trees (Geurts, Ernst and Wehenkel, 2006): every tree sees all rows, and each cut is the
 * best of a few drawn at random. The mean over the trees is smooth enough for labels that are mostly noise:
 * on MMLU they rank better than boosted trees, random forests and kernels (docs/quality.md, section 3).
 */

/** All trees in one table of nodes, each tree in preorder. */
export interface Forest {
  /** How many targets are predicted at once. */
  outputs: number;
  /** The first node of each tree. */
  roots: Int32Array;
  /** The feature a node asks about; -1 in a leaf. */
  features: Int16Array;
  /** Rows at or below it go on to the next node, the others to `above`. */
  thresholds: Float32Array;
  above: Int32Array;
  /** Means of the targets: `outputs` values for each node, zeros where it is no leaf. */
  means: Float32Array;
}

export interface ForestOptions {
  trees: number;
  /** No leaf has fewer rows. */
  leastRows: number;
  /** The share of the features of which a cut is tried at each node. */
  triedShare: number;
}

/** A table by columns: `columns[feature][row]`. Float32, as thresholds are, so that fitting and predicting agree. */
export type Columns = readonly Float32Array[];

const seed = 20261121;

/** Fits a forest to one or more targets. Equal inputs give equal forests. At least one row and one column. */
export function fitForest(
  columns: Columns,
  targets: readonly ArrayLike<number>[],
  options: ForestOptions,
): Forest {
  const random = seededRandom(seed);
  const grown: Grown = { roots: [], features: [], thresholds: [], above: [], means: [] };
  const rows = Int32Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => row);
  for (let tree = 0; tree < options.trees; tree++) {
    grown.roots.push(grown.features.length);
    growTree(rows, columns, targets, options, random, grown);
  }
  return {
    outputs: targets.length,
    roots: Int32Array.from(grown.roots),
    features: Int16Array.from(grown.features),
    thresholds: Float32Array.from(grown.thresholds),
    above: Int32Array.from(grown.above),
    means: Float32Array.from(grown.means),
  };
}

/** The mean over the trees, one value for each target. */
export function predictForest(forest: Forest, row: Float32Array): number[] {
  const { outputs, roots, features, thresholds, above, means } = forest;
  const sums = new Array<number>(outputs).fill(0);
  for (const root of roots) {
    let node = root;
    for (let feature = features[node] as number; feature >= 0; feature = features[node] as number)
      node = (row[feature] as number) <= (thresholds[node] as number) ? node + 1 : (above[node] as number);
    for (let k = 0; k < outputs; k++) sums[k] = (sums[k] as number) + (means[node * outputs + k] as number);
  }
  return sums.map((sum) => sum / roots.length);
}

interface Grown {
  roots: number[];
  features: number[];
  thresholds: number[];
  above: number[];
  means: number[];
}

/** Grows one tree over all rows; `rows` is reordered on the way, so that each node's rows lie side by side. */
function growTree(
  rows: Int32Array,
  columns: Columns,
  targets: readonly ArrayLike<number>[],
  options: ForestOptions,
  random: () => number,
  grown: Grown,
): void {
  const order = Int32Array.from(columns, (_, feature) => feature);
  // Depth first, the lower side first: the next node is then always the child below.
  const waiting = [{ from: 0, to: rows.length, parent: -1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { from, to, parent } = next;
    const node = grown.features.length;
    if (parent >= 0) grown.above[parent] = node;
    const cut = bestCut(rows.subarray(from, to), columns, targets, order, options, random);
    grown.features.push(cut?.feature ?? -1);
    grown.thresholds.push(cut?.threshold ?? 0);
    grown.above.push(0);
    for (const target of targets)
      grown.means.push(cut === undefined ? meanOf(target, rows.subarray(from, to)) : 0);
    if (cut === undefined) continue;
    const middle =
      from + partition(rows.subarray(from, to), columns[cut.feature] as Float32Array, cut.threshold);
    waiting.push({ from: middle, to, parent: node }, { from, to: middle, parent: -1 });
  }
}

interface Cut {
  feature: number;
  threshold: number;
}

/** Of one random cut through each of some features the one that takes away most variance of the targets. */
function bestCut(
  rows: Int32Array,
  columns: Columns,
  targets: readonly ArrayLike<number>[],
  order: Int32Array,
  options: ForestOptions,
  random: () => number,
): Cut | undefined {
  const count = rows.length;
  if (count < 2 * options.leastRows || targets.every((target) => isConstant(target, rows))) return undefined;
  const totals = targets.map((target) => rows.reduce((sum, row) => sum + (target[row] as number), 0));
  const wanted = Math.max(1, Math.round(options.triedShare * columns.length));
  let best: Cut | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  let tried = 0;
  // Features are drawn without replacement; more than wanted only while none of them could be cut.
  for (let drawn = 0; drawn < order.length && (tried < wanted || best === undefined); drawn++) {
    const at = drawn + Math.floor(random() * (order.length - drawn));
    const feature = order[at] as number;
    order[at] = order[drawn] as number;
    order[drawn] = feature;
    const column = columns[feature] as Float32Array;
    const threshold = drawThreshold(rows, column, random);
    if (threshold === undefined) continue;
    tried++;
    const score = scoreOf(rows, column, threshold, targets, totals, options.leastRows);
    if (score > bestScore) {
      bestScore = score;
      best = { feature, threshold };
    }
  }
  return best;
}

/** Somewhere between the lowest and the highest value of the rows; undefined where they are all the same. */
function drawThreshold(rows: Int32Array, column: Float32Array, random: () => number): number | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const value = column[rows[i] as number] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low < high)) return undefined;
  const threshold = Math.fround(low + random() * (high - low));
  return threshold < high ? threshold : low;
}

/** The variance explained but for constants: sums squared over counts, both sides; minus infinity for a side too small. */
function scoreOf(
  rows: Int32Array,
  column: Float32Array,
  threshold: number,
  targets: readonly ArrayLike<number>[],
  totals: readonly number[],
  leastRows: number,
): number {
  let below = 0;
  for (let i = 0; i < rows.length; i++) if ((column[rows[i] as number] as number) <= threshold) below++;
  const above = rows.length - below;
  if (below < leastRows || above < leastRows) return Number.NEGATIVE_INFINITY;
  let score = 0;
  for (let k = 0; k < targets.length; k++) {
    const target = targets[k] as ArrayLike<number>;
    let sum = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if ((column[row] as number) <= threshold) sum += target[row] as number;
    }
    score += sum ** 2 / below + ((totals[k] as number) - sum) ** 2 / above;
  }
  return score;
}

/** Moves the rows at or below the threshold to the front and returns how many they are. */
function partition(rows: Int32Array, column: Float32Array, threshold: number): number {
  let middle = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if ((column[row] as number) > threshold) continue;
    rows[i] = rows[middle] as number;
    rows[middle++] = row;
  }
  return middle;
}

function isConstant(target: ArrayLike<number>, rows: Int32Array): boolean {
  const first = target[rows[0] as number];
  return rows.every((row) => target[row] === first);
}

function meanOf(target: ArrayLike<number>, rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + (target[row] as number), 0) / rows.length;
}
