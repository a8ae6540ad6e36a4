import { seededRandom } from './evaluate.ts';
import type { Row } from './logistic.ts';

/**
 * The leading right singular vectors of a sparse matrix, by randomized subspace iteration (Halko, Martinsson and
 * Tropp, 2011). The start is drawn by a fixed seed, so equal matrices give equal vectors.
 */

/** More directions than asked for are followed, and this often, so that the last ones asked for are right too. */
const extra = 10;
const rounds = 4;
const seed = 20261121;

/** `vectors[k][place]`, strongest first; fewer than `wanted` where the matrix has no more. */
export function rightSingularVectors(rows: readonly Row[], places: number, wanted: number): Float64Array[] {
  const followed = Math.min(wanted + extra, rows.length, places);
  const random = seededRandom(seed);
  let right: Float64Array[] = Array.from({ length: followed }, () =>
    Float64Array.from({ length: places }, () => random() - 0.5),
  );
  for (let round = 0; round < rounds; round++) {
    const left = orthonormal(right.map((vector) => times(rows, vector)));
    right = left.map((vector) => timesTransposed(rows, vector, places));
  }
  // Rows and left vectors together: A ≈ L Rᵀ with L orthonormal, so R's singular vectors are A's.
  const gram = right.map((one) => Float64Array.from(right, (other) => dot(one, other)));
  const { values, vectors } = symmetricEigen(gram);
  const strongest = Array.from(values.keys())
    .sort((a, b) => (values[b] as number) - (values[a] as number))
    .slice(0, wanted);
  const largest = values[strongest[0] ?? 0] ?? 0;
  return strongest
    .filter((k) => (values[k] as number) > 1e-9 * largest)
    .map((k) => {
      const vector = new Float64Array(places);
      const size = Math.sqrt(values[k] as number);
      for (const [j, part] of right.entries())
        addScaled(vector, part, ((vectors[j] as Float64Array)[k] as number) / size);
      return vector;
    });
}

function times(rows: readonly Row[], vector: Float64Array): Float64Array {
  return Float64Array.from(rows, ({ indices, values }) => {
    let sum = 0;
    for (let k = 0; k < indices.length; k++)
      sum += (values[k] as number) * (vector[indices[k] as number] as number);
    return sum;
  });
}

function timesTransposed(rows: readonly Row[], vector: Float64Array, places: number): Float64Array {
  const result = new Float64Array(places);
  for (const [i, { indices, values }] of rows.entries()) {
    const factor = vector[i] as number;
    for (let k = 0; k < indices.length; k++) {
      const place = indices[k] as number;
      result[place] = (result[place] as number) + factor * (values[k] as number);
    }
  }
  return result;
}

/** Gram-Schmidt, twice for accuracy; a vector that depends on those before it is left out. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) addScaled(vector, other, -dot(vector, other));
    const size = Math.sqrt(dot(vector, vector));
    if (size <= 1e-10 * before || size === 0) continue;
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / size;
    done.push(vector);
  }
  return done;
}

/** Eigenvalues and eigenvectors (`vectors[row][k]`) of a symmetric matrix, by Jacobi rotations. */
export function symmetricEigen(matrix: readonly Float64Array[]): {
  values: Float64Array;
  vectors: Float64Array[];
} {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => Number(i === j)),
  );
  const at = (i: number, j: number) => (a[i] as Float64Array)[j] as number;
  const scale = a.reduce((sum, row) => sum + dot(row, row), 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let rest = 0;
    for (let p = 0; p < size; p++) for (let q = 0; q < p; q++) rest += at(p, q) ** 2;
    if (rest <= 1e-22 * scale) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(t * t + 1);
        rotateRows(a[p] as Float64Array, a[q] as Float64Array, cosine, t * cosine);
        for (const row of a) rotate(row, p, q, cosine, t * cosine);
        for (const row of vectors) rotate(row, p, q, cosine, t * cosine);
      }
    }
  }
  return { values: Float64Array.from(a, (row, i) => row[i] as number), vectors };
}

function rotateRows(one: Float64Array, other: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < one.length; k++) {
    const x = one[k] as number;
    const y = other[k] as number;
    one[k] = cosine * x - sine * y;
    other[k] = sine * x + cosine * y;
  }
}

function rotate(row: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  const x = row[p] as number;
  const y = row[q] as number;
  row[p] = cosine * x - sine * y;
  row[q] = sine * x + cosine * y;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let k = 0; k < target.length; k++) target[k] = (target[k] as number) + factor * (source[k] as number);
}
