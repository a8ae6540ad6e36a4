/** Reads the labelled prompts on which the task model is fitted: task-prompts/*.txt, written for this project. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Complexity, complexities } from '../../config/config.ts';
import { readSuite } from '../bench/obvious-prompts/suite.ts';

export interface LabelledPrompt {
  /** The file it is from: most were written by one author each. */
  batch: string;
  lang: string;
  prompt: string;
  label: Complexity;
}

/** Prompts, and the hash of what they were read from. */
export interface Corpus {
  prompts: LabelledPrompt[];
  sha256: string;
}

const folder = join(import.meta.dirname, 'task-prompts');
const materials = z.record(z.string(), z.array(z.string()).min(1));

/** All batches in the order of their numbers, with the pasted material filled in. */
export function readBatches(): Corpus {
  const material = readFileSync(join(folder, 'material.json'), 'utf8');
  const pieces = materials.parse(JSON.parse(material));
  const hash = createHash('sha256').update(material);
  const names = readdirSync(folder).filter((name) => /^batch-\d+\.txt$/.test(name));
  const prompts = names.sort().flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    hash.update(text);
    return text.split('\n').flatMap((line, at) => (line === '' ? [] : [readLine(line, at, name, pieces)]));
  });
  return { prompts, sha256: hash.digest('hex') };
}

const letters: Readonly<Record<string, Complexity>> = { s: 'simple', m: 'moderate', c: 'complex' };

/** `c en Find the race in this code. {code}`: label, language, prompt; `\n` is a line break. */
function readLine(line: string, at: number, name: string, pieces: z.infer<typeof materials>): LabelledPrompt {
  const match = /^([smc]) ([a-z]{2}) (.+)$/.exec(line);
  const label = letters[match?.[1] ?? ''];
  if (match === null || label === undefined)
    throw new Error(`${name}:${at + 1}: not "LABEL LANGUAGE PROMPT" with the label s, m or c`);
  let used = 0;
  const prompt = (match[3] ?? '')
    .replaceAll('\\n', '\n')
    .replace(/( ?)\{([a-z]+)\}/g, (whole, space: string, kind: string) => {
      const choices = pieces[kind];
      if (choices === undefined) return whole;
      used += 1;
      // Which piece is used follows from the line, so that every run reads the same prompts.
      return `${space === '' ? '' : '\n\n'}${choices[(at + used) % choices.length] ?? ''}`;
    });
  return { batch: name.replace('.txt', ''), lang: match[2] ?? '', prompt, label };
}

/**
 * The tuning part of the obvious prompts, where both labellers agree. Never the held-out part.
 */
export function readTuningPart(): Corpus {
  const hash = createHash('sha256');
  const prompts = readSuite(join(import.meta.dirname, '..', 'bench', 'obvious-prompts')).items.flatMap(
    ({ id, heldOut, truth, lang, prompt }): LabelledPrompt[] => {
      if (heldOut || truth === undefined) return [];
      hash.update(JSON.stringify([id, lang, prompt, truth]));
      return [{ batch: 'suite', lang, prompt, label: truth }];
    },
  );
  return { prompts, sha256: hash.digest('hex') };
}

/** Of all that the model is fitted on. */
export function corpusHash(batches: Corpus, tuning: Corpus): string {
  return createHash('sha256').update(`${batches.sha256} ${tuning.sha256}`).digest('hex');
}

/** 0 simple, 1 moderate, 2 complex. */
export function rankOf(label: Complexity): number {
  return complexities.indexOf(label);
}
