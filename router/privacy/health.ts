/**
 * Health: no check digit says what is one, so it takes two kinds of words close together, somebody it is
 * about and something clinical. "Diagnose the bug" and "be patient" have one at most.
 */
import { type Found, findingsPerKind } from './finding.ts';
import { isToldOfAPerson, thing } from './told-of-a-person.ts';

/** Conditions, and medicines that name theirs: nothing alone, and enough where the sentence says who has it. */
const condition =
  /(?<![\p{L}\d_-])(?:hiv|(?-i:AIDS)|adhd|adhs|ptsd|copd|(?:\p{L}+-?)?cancer|(?:\p{L}+-?)?krebs|chemo(?:therapy|therapie)?|tumou?r|carcinoma|lymphoma|lymphom|melanoma|leuk(?:a?)emia|leukämie|diabet(?:es|ic)|diabete|diabète|epilep(?:sy|tic|sie)|épilepsie|epilepsia|depress(?:ion|ed|iv)|dépression|depresión|depressione|bipolar|schizophreni[ac]|schizophrenie|autis(?:m|tic|mus)|dementia|demenz|alzheimer(?:['’]?s)?|parkinson(?:['’]?s)?|multiple sclerosis|multiple sklerose|asthma|asma|hepatitis|tuberculosis|tuberkulose|crohn(?:['’]?s)?|lupus|endometriosis|arthritis|anorexi[ac]|magersucht|bulimi[ac]|syphilis|chlamydia|gonorrh(?:o?)ea|herpes|pregnan(?:t|cy)|schwanger|enceinte|embarazada|incinta|miscarriage|fehlgeburt|suicidal|suizidal|bluthochdruck|(?:high )?blood pressure|herzinfarkt|heart attack|schlaganfall|cáncer|cancro|sida|insulin|antidepressants?|antidepressiva|antiretrovirals?|biktarvy|truvada|ritalin|adderall|methylphenidat[e]?|prozac|zoloft|lexapro|xanax|sertralin[e]?|fluoxetin[e]?|(?:es)?citalopram|quetiapin[e]?|olanzapin[e]?|risperidon[e]?|clozapin[e]?|metformin|methadon[e]?|tamoxifen|levothyroxin[e]?|ozempic)(?![\p{L}\d_])/giu;

const clinical =
  /\b(?:diagnosed with|diagnosis of|(?:is|was|were|been|am|are) prescribed|medical record|chemotherapy|hiv|oncolog(?:y|ist)|biopsy|insulin|antidepressants?|schizophrenia|bipolar disorder|depression|epilepsy|pregnan(?:t|cy)|miscarriage|abortion|dialysis|psychiatr(?:ic|ist|y)|metastatic|tumou?r|carcinoma|leuk(?:a?)emia|diabet(?:es|ic)|hepatitis [abc]|blood pressure|cholesterol|mg (?:daily|twice)|icd-10|diagnostiziert|verschrieben|krebs|schwanger|diagnosticad[oa]|diagnostiqué)\b/gi;
const somebody =
  /\b(?:patient(?:'s|’s)?|patient (?:id|name|no)|mrn|my|i am|i'm|i was|i have|mr\.?|mrs\.?|ms\.|his|her|she|he|son|daughter|mother|father|wife|husband|employee|ich|mein|meine)\b/i;
/** Words that make a clinical term certain to be about a case. */
const record =
  /\b(?:patient(?:'s|’s)? (?:id|name|record|is|was|has|had|presents)|mrn|medical record|year-old|y\/o)\b/i;

/** How far apart the two may stand, in characters. */
const reach = 100;

export function findHealth(text: string): Found[] {
  const found: Found[] = [];
  // "Diagnosed with diabetes" is one finding, however many of its words are clinical.
  for (const one of [...findRecords(text), ...findConditions(text)].sort((a, b) => a.index - b.index)) {
    const last = found.at(-1);
    if (last === undefined || one.index - last.index > reach) found.push(one);
  }
  return found.slice(0, findingsPerKind);
}

function findConditions(text: string): Found[] {
  const found: Found[] = [];
  let looked = 0;
  for (const { 0: word, index } of text.matchAll(condition)) {
    looked += 1;
    if (looked > 200 || found.length >= findingsPerKind) break;
    const end = index + word.length;
    if (!isToldOfAPerson(text.slice(Math.max(0, index - reach), index), text.slice(end, end + 20))) continue;
    found.push(findingAt(index, word));
  }
  return found;
}

function findRecords(text: string): Found[] {
  const found: Found[] = [];
  let looked = 0;
  for (const match of text.matchAll(clinical)) {
    looked += 1;
    if (looked > 200 || found.length >= findingsPerKind) break;
    const around = text.slice(Math.max(0, match.index - reach), match.index + match[0].length + reach / 2);
    const certain =
      /diagnosed with|prescribed|diagnosis of|diagnostiziert|verschrieben|diagnostiqué/i.test(match[0]) ||
      record.test(around);
    const end = match.index + match[0].length;
    if (
      thing.test(text.slice(end, end + 20)) ||
      !somebody.test(around) ||
      !(certain || isFirstPerson(around))
    )
      continue;
    found.push(findingAt(match.index, match[0]));
  }
  return found;
}

function findingAt(index: number, word: string): Found {
  return { class: 'identity', kind: 'health', index, masked: `${word.slice(0, 2)}…` };
}

function isFirstPerson(around: string): boolean {
  return /\b(?:my (?:patient|diagnosis|doctor|medication|therapy|wife|husband|son|daughter|mother|father|hiv|insulin|blood pressure|depression|diabetes|pregnancy)|i (?:have|had|was|am|take|suffer)|i'm)\b/i.test(
    around,
  );
}
