/**
 * Logistic regression with soft targets and a ridge penalty per feature, fitted by L-BFGS (Liu and Nocedal,
 * 1989): the loss is convex, the start is zero and nothing is random, so equal data give equal weights.
 */

/** A row: dense values first, then the sparse ones by index. Every index is below the number of features. */
export interface Row {
  indices: Int32Array;
  values: Float64Array;
}

export interface LogisticOptions {
  /** How many features there are; the intercept comes on top and is never penalised. */
  features: number;
  /** Ridge penalty of feature `j`, in units of rows: the weight of that many doubtful observations. */
  penalty: (feature: number) => number;
  /** Rows of weight 2 count twice; 1 for all when left out. */
  weights?: ArrayLike<number>;
  iterations?: number;
}

export interface LogisticModel {
  weights: Float64Array;
  intercept: number;
}

/** Fits targets of 0..1 (a soft target of 0.5 says "as likely as not"). At least one row is needed. */
export function fitLogistic(
  rows: readonly Row[],
  targets: ArrayLike<number>,
  options: LogisticOptions,
): LogisticModel {
  const size = options.features + 1;
  const penalties = Float64Array.from({ length: size }, (_, j) =>
    j < options.features ? options.penalty(j) : 0,
  );

  // The loss and its gradient at w; the intercept is the last weight.
  const evaluate = (w: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let j = 0; j < size; j++) {
      const weight = w[j] as number;
      const ridge = penalties[j] as number;
      gradient[j] = ridge * weight;
      loss += 0.5 * ridge * weight * weight;
    }
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Row;
      const z = linear(row, w, w[size - 1] as number);
      const y = targets[i] as number;
      const importance = options.weights === undefined ? 1 : (options.weights[i] as number);
      // log(1 + e^z) without overflow, whichever sign z has.
      loss += importance * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z);
      const error = importance * (sigmoid(z) - y);
      for (let k = 0; k < row.indices.length; k++) {
        const j = row.indices[k] as number;
        gradient[j] = (gradient[j] as number) + error * (row.values[k] as number);
      }
      gradient[size - 1] = (gradient[size - 1] as number) + error;
    }
    return loss;
  };

  const weights = minimise(evaluate, size, options.iterations ?? 200);
  return { weights: weights.subarray(0, options.features), intercept: weights[options.features] as number };
}

export function predictLogistic(model: LogisticModel, row: Row): number {
  return sigmoid(linear(row, model.weights, model.intercept));
}

export function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

function linear(row: Row, weights: ArrayLike<number>, intercept: number): number {
  let z = intercept;
  for (let k = 0; k < row.indices.length; k++)
    z += (weights[row.indices[k] as number] as number) * (row.values[k] as number);
  return z;
}

const history = 8;

/** Minimises a smooth convex function from zero: L-BFGS with backtracking (Armijo) line search. */
function minimise(
  evaluate: (w: Float64Array, gradient: Float64Array) => number,
  size: number,
  iterations: number,
): Float64Array {
  let w = new Float64Array(size);
  let gradient = new Float64Array(size);
  let loss = evaluate(w, gradient);
  const steps: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let round = 0; round < iterations; round++) {
    const direction = newtonDirection(gradient, steps);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      // Rounding made it point uphill: forget the curvature and go straight down.
      steps.length = 0;
      for (let j = 0; j < size; j++) direction[j] = -(gradient[j] as number);
      slope = dot(direction, gradient);
    }
    let step = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(Math.max(1e-12, -slope))) : 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let nextLoss = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 30; tries++) {
      for (let j = 0; j < size; j++) next[j] = (w[j] as number) + step * (direction[j] as number);
      nextLoss = evaluate(next, nextGradient);
      if (nextLoss <= loss + 1e-4 * step * slope) break;
      step /= 2;
    }
    if (!(nextLoss < loss)) break;
    const s = new Float64Array(size);
    const y = new Float64Array(size);
    for (let j = 0; j < size; j++) {
      s[j] = (next[j] as number) - (w[j] as number);
      y[j] = (nextGradient[j] as number) - (gradient[j] as number);
    }
    const curvature = dot(s, y);
    if (curvature > 1e-12) {
      steps.push({ s, y, rho: 1 / curvature });
      if (steps.length > history) steps.shift();
    }
    const gain = loss - nextLoss;
    w = next;
    gradient = nextGradient;
    loss = nextLoss;
    if (gain < 1e-7 * Math.max(1, Math.abs(loss))) break;
  }
  return w;
}

/** The two-loop recursion: minus the inverse Hessian, as the last steps show it, times the gradient. */
function newtonDirection(
  gradient: Float64Array,
  steps: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = Float64Array.from(gradient);
  const alphas: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const { s, y, rho } = steps[k] as (typeof steps)[number];
    const alpha = rho * dot(s, q);
    alphas[k] = alpha;
    addScaled(q, y, -alpha);
  }
  const last = steps.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let j = 0; j < q.length; j++) q[j] = (q[j] as number) * scale;
  }
  for (let k = 0; k < steps.length; k++) {
    const { s, y, rho } = steps[k] as (typeof steps)[number];
    addScaled(q, s, (alphas[k] as number) - rho * dot(y, q));
  }
  for (let j = 0; j < q.length; j++) q[j] = -(q[j] as number);
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[j] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let j = 0; j < target.length; j++) target[j] = (target[j] as number) + factor * (source[j] as number);
}
