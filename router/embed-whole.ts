/**
 * Texts longer than an embedding model's window are cut into pieces that fit, and their vector is the mean of
 * the pieces' vectors. Ollama would refuse them (or embed their beginning alone, which is not asked for), and
 * with them everything in the same call.
 */
import type { ModelSpec } from '../config/config.ts';
import type { EmbedAttempt, EmbedTexts } from './embed-call.ts';
import { estimateError, estimateTokens } from './tokens.ts';

/** Pieces of one call: whoever waits for the host waits for so many at most. */
const piecesPerCall = 16;
/** Of a longer text the first so many pieces stand for the whole. */
const mostPieces = 16;

/** The same as `embedTexts`, for texts of any length; a vector that is missing belongs to a text the model refuses. */
export type EmbedWhole = (
  request: Parameters<EmbedTexts>[0],
) => Promise<
  { kind: 'embedded'; vectors: (number[] | undefined)[] } | Extract<EmbedAttempt, { kind: 'failed' }>
>;

export function createEmbedWhole(embedTexts: EmbedTexts): EmbedWhole {
  return async (request) => {
    const pieces = request.texts.flatMap((text, of) =>
      piecesOf(text, request.model).map((piece) => ({ of, piece })),
    );
    const found = request.texts.map((): number[][] => []);
    const refused = new Set<number>();
    for (let from = 0; from < pieces.length; from += piecesPerCall) {
      const some = pieces.slice(from, from + piecesPerCall);
      const attempt = await embedTexts({ ...request, texts: some.map(({ piece }) => piece) });
      if (attempt.kind === 'embedded')
        for (const [at, { of }] of some.entries()) found[of]?.push(attempt.vectors[at] ?? []);
      else if (attempt.ofTexts !== true) return attempt;
      else {
        const failed = await oneByOne(request, some, embedTexts, found, refused);
        if (failed !== undefined) return failed;
      }
    }
    return {
      kind: 'embedded',
      vectors: found.map((vectors, of) => (refused.has(of) ? undefined : mean(vectors))),
    };
  };
}

/** What every embedding model takes. */
const harmless = 'text';

/**
 * One of these texts is refused: each is asked for alone, so that it takes no other with it. A model that refuses
 * a harmless text as well is what is wrong, and not the texts.
 */
async function oneByOne(
  request: Parameters<EmbedTexts>[0],
  some: readonly { of: number; piece: string }[],
  embedTexts: EmbedTexts,
  found: number[][][],
  refused: Set<number>,
): Promise<Extract<EmbedAttempt, { kind: 'failed' }> | undefined> {
  for (const { of, piece } of some) {
    const attempt = await embedTexts({ ...request, texts: [piece] });
    if (attempt.kind === 'embedded') found[of]?.push(attempt.vectors[0] ?? []);
    else if (attempt.ofTexts === true) refused.add(of);
    else return attempt;
  }
  if (!some.some(({ of }) => refused.has(of))) return undefined;
  const control = await embedTexts({ ...request, texts: [harmless] });
  return control.kind === 'failed' ? control : undefined;
}

/** Pieces that fit by the estimate with its error; cut at white space where there is any. */
export function piecesOf(text: string, model: Pick<ModelSpec, 'contextWindow'>): string[] {
  const estimate = Math.max(1, estimateTokens(text));
  const most = estimate * estimateError([text], estimate).most;
  // Half the window: embedding models cut other languages than English into more pieces than we count.
  const room = Math.floor(model.contextWindow / 2);
  if (most <= room) return [text.toWellFormed()];
  const length = Math.max(1, Math.floor((text.length * room) / most));
  const pieces: string[] = [];
  for (let from = 0; from < text.length && pieces.length < mostPieces; ) {
    let to = Math.min(text.length, from + length);
    const space = to < text.length ? text.lastIndexOf(' ', to) : -1;
    if (space > from + length / 2) to = space;
    pieces.push(text.slice(from, to).toWellFormed());
    from = to;
  }
  return pieces;
}

function mean(vectors: readonly number[][]): number[] {
  const [first = [], ...rest] = vectors;
  if (rest.length === 0) return first;
  return first.map(
    (value, at) => rest.reduce((sum, vector) => sum + (vector[at] ?? 0), value) / vectors.length,
  );
}
