/**
 * Health: no check digit says what is one, so it takes two kinds of words close together, somebody it is
 * about and something clinical. "Diagnose the bug" and "be patient" have one at most.
 */
import { type Found, findingsPerKind } from './finding.ts';

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
  let looked = 0;
  for (const match of text.matchAll(clinical)) {
    looked += 1;
    if (looked > 200 || found.length >= findingsPerKind) break;
    const around = text.slice(Math.max(0, match.index - reach), match.index + match[0].length + reach / 2);
    const certain =
      /diagnosed with|prescribed|diagnosis of|diagnostiziert|verschrieben|diagnostiqué/i.test(match[0]) ||
      record.test(around);
    if (!somebody.test(around) || !(certain || isFirstPerson(around))) continue;
    found.push({
      class: 'identity',
      kind: 'health',
      index: match.index,
      masked: `${match[0].slice(0, 2)}…`,
    });
  }
  return found;
}

function isFirstPerson(around: string): boolean {
  return /\b(?:my (?:patient|diagnosis|doctor|medication|therapy|wife|husband|son|daughter|mother|father|hiv|insulin|blood pressure|depression|diabetes|pregnancy)|i (?:have|had|was|am|take|suffer)|i'm)\b/i.test(
    around,
  );
}
