/**
 * The words that say how hard a request is. Weights are log-odds (see `classify.ts`). A verb counts in full
 * where a sentence begins with it ("Refactor this …") and by a part where it is only mentioned. English is
 * complete; German, French, Spanish, Portuguese, Italian, Russian, Chinese and Japanese have the common verbs.
 */
import type { Classification } from '../types.ts';

export type WordKind =
  | 'verb'
  | 'topic'
  | 'constraint'
  | 'step'
  | 'brevity'
  | 'breadth'
  | 'relation'
  | 'negation'
  | 'clause'
  | 'choice';
export interface WordEntry {
  kind: WordKind;
  weight: number;
}

const lexicon = new Map<string, WordEntry>();

function add(kind: WordKind, weight: number, words: string): void {
  for (const word of words.split(/\s+/)) if (word !== '') lexicon.set(word, { kind, weight });
}

/** A regular English verb with its other forms, which count as mentions. */
function addVerb(weight: number, verbs: string): void {
  for (const verb of verbs.split(/\s+/)) {
    if (verb === '') continue;
    lexicon.set(verb, { kind: 'verb', weight });
    const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb;
    const forms = [`${verb}s`, `${stem}ing`, `${stem}ed`];
    for (const form of forms) if (!lexicon.has(form)) lexicon.set(form, { kind: 'verb', weight: weight / 2 });
  }
}

// Work that needs several decisions that depend on each other.
addVerb(
  1.5,
  'design architect rearchitect re-architect refactor migrate orchestrate prove disprove derive formalize formalise parallelize parallelise reverse-engineer decompose threat-model specify',
);
addVerb(
  1.2,
  'optimize optimise debug diagnose investigate troubleshoot audit strategize strategise synthesize synthesise survey infer simulate architecture port harden modernize modernise',
);
addVerb(
  0.8,
  'analyze analyse evaluate research integrate develop implement plan quantify formulate secure automate deploy critique redesign model solve restructure reconcile negotiate',
);
addVerb(
  0.45,
  'compare build scale rewrite weigh rank verify assess review recommend fix argue forecast estimate improve create propose justify explore examine interpret',
);
// Ordinary work: evidence that it is neither trivial nor hard.
addVerb(
  0.2,
  'write reply explain describe summarize summarise generate draft edit discuss outline test paraphrase document calculate compute determine suggest',
);
// Work that is over in one step.
addVerb(
  -1.1,
  'define spell capitalize capitalise uppercase lowercase repeat echo rename sort tag label list name count classify translate',
);
addVerb(
  -0.7,
  'convert format say state extract correct print answer choose pick fill match unscramble show give round',
);
addVerb(-0.3, 'identify');

add(
  'verb',
  1.4,
  'entwirf entwerfe entwerfen migriere migrieren refaktoriere refaktorisiere refaktorieren beweise beweisen konzipiere orchestriere conçois concevez concevoir refactorise refactorisez migrez démontre démontrez démontrer diseña diseñar migra migrar refactoriza refactorizar demuestra demostrar projete projetar planeje migre refatore refatorar demonstre projeta zaprojektuj udowodnij progetta progettare migrare dimostra dimostrare спроектируй спроектируйте докажи докажите',
);
add(
  'verb',
  1.1,
  'optimiere optimieren planen analysiere implementiere implementieren entwickle entwickeln debugge optimisez planifie planifiez implémente implémentez débogue optimiza optimizar planifica planificar implementa implementar depura otimize implemente ottimizza pianifica analizza analiza analysez zaplanuj znajdź prüfe leite concevez оптимизируй разработай реализуй перенеси запланируй отладь',
);
add(
  'verb',
  0.2,
  'schreibe schreib erkläre beschreibe écris écrivez explique expliquez escribe explica escreva explique scrivi spiega напиши объясни',
);
add(
  'verb',
  -1,
  'übersetze nenne zähle buchstabiere liste traduis traduisez énumère nomme traduce traduzca enumera nombra cuenta traduza traduci elenca conta переведи перечисли назови',
);

// Matters that are hard whoever asks.
add(
  'topic',
  0.6,
  'architecture architectures microservices microservice monolith distributed concurrency concurrent consensus zero-downtime fault-tolerant fault-tolerance scalability scalable theorem lemma proof proofs rigorous rigorously backwards-compatible backward-compatible lock-free thread-safe deadlock deadlocks race-condition multi-tenant sharding replication cryptographic cryptography vulnerability vulnerabilities exploit exploits compiler kernel invariants invariant asymptotic eigenvalue eigenvalues isomorphism homomorphism manifold bayesian stochastic differential topology quantum np-hard np-complete throughput migration refactoring kubernetes root-cause end-to-end state-of-the-art counterexample induction nonlinear non-linear memory-leak leak regression production codebase multi-step b-tree raft paxos transactional idempotent exactly-once consistency event-driven event-sourcing terraform failover',
);
add(
  'topic',
  0.35,
  'algorithm algorithms complexity optimal optimum trade-offs trade-off tradeoffs tradeoff strategy strategies framework cluster database databases postgresql postgres latency performance security encryption compliance regulatory legal contract clinical financial portfolio derivative derivatives integral integrals equation equations matrix matrices probability theory hypothesis hypotheses implications asynchronous async recursion recursive schema transaction transactions pipeline pipelines system systems services infrastructure rust haskell cuda assembly parser constraint constraints edge-cases benchmark benchmarks statistical regression causal econometric thermodynamics mechanism mechanisms jurisdiction liability',
);
add(
  'constraint',
  0.18,
  'must without only exactly unless ensure ensuring within guarantee guarantees guaranteed preserve preserving satisfy satisfies handle handles support supports including respecting avoid avoiding strictly least',
);
add('step', 0.22, 'then afterwards finally subsequently step steps phase phases stages next both each every');
add(
  'brevity',
  -0.45,
  'briefly short quick quickly one-word one-line one-sentence simply yes/no synonym antonym abbreviation acronym plural typo',
);
add(
  'breadth',
  0.4,
  'comprehensive detailed thorough thoroughly in-depth exhaustive complete entire whole step-by-step multiple various long-form production-ready',
);

// How sentences are built. Each is a weak sign, counted as often as it occurs: relations between quantities
// ("twice as many as the rest"), negations, subordinate clauses, and a judgement of degree among several.
add(
  'relation',
  0.15,
  'half twice double triple thrice third quarter times ratio fraction remaining remainder rest left total average per more less fewer than altogether combined difference proportion',
);
add(
  'negation',
  0.2,
  "not no never except neither nor false cannot isn't aren't wasn't weren't don't doesn't didn't won't can't",
);
add(
  'clause',
  0.1,
  'that which who whose whom because therefore thus hence since although though however whereas but if when unless',
);
add('choice', 0.15, 'most best primary main following likely');

export function lookUp(word: string): WordEntry | undefined {
  return lexicon.get(word);
}

/** Words that begin a question with a short answer, unless it is long. */
export const factualQuestionWords: ReadonlySet<string> = new Set(
  "what what's whats who who's whose when where which is are was were does do did has have can will how's wer was wann wo welche welcher welches ist sind qui quand où quel quelle est-ce quién cuándo dónde cuál qué es son quem quando onde qual chi dove кто что где когда сколько quanti quante combien cuántos cuántas quantos quantas ile wieviel kto gdzie kiedy jaki jaka jakie który która".split(
    ' ',
  ),
);
/** Words that begin a question with a reason or a procedure for its answer. */
export const openQuestionWords: ReadonlySet<string> = new Set(
  'why how warum wie pourquoi comment por porque cómo perché come почему как'.split(' '),
);

const ideographHard = [
  '竞态',
  '論じて',
  '论证',
  '权衡',
  '设计',
  '设计一个',
  '重构',
  '迁移',
  '证明',
  '优化',
  '调试',
  '实现',
  '架构',
  '分析',
  '設計',
  'リファクタ',
  '移行',
  '証明',
  '最適化',
  'デバッグ',
  '実装',
];
const ideographEasy = [
  '訳して',
  'どこ',
  '何時',
  '誰',
  '是谁',
  '哪里',
  '哪个',
  '几点',
  '首都',
  '大写',
  '排序',
  '提取',
  '抽出',
  '並べ替え',
  '翻译',
  '列出',
  '是什么',
  '多少',
  '翻訳',
  '一覧',
  'とは',
  'いくつ',
  '何ですか',
];

/** The same for writing without spaces: occurrences of the common verbs. */
export function ideographWeight(text: string): { weight: number; evidence: string } | undefined {
  const hard = ideographHard.find((word) => text.includes(word));
  if (hard !== undefined) return { weight: 1.1, evidence: hard };
  const easy = ideographEasy.find((word) => text.includes(word));
  return easy === undefined ? undefined : { weight: -0.9, evidence: easy };
}

type Domain = Classification['domain'];
const domains = new Map<string, Domain>();
function addDomain(domain: Domain, words: string): void {
  for (const word of words.split(/\s+/)) if (word !== '') domains.set(word, domain);
}
addDomain(
  'code',
  'code function class method api bug stack trace exception compile compiler python javascript typescript rust java golang kotlin swift c# sql regex git commit repository refactor unit test tests library package dependency docker kubernetes endpoint backend frontend react node css html script bash shell algorithm async thread microservice microservices monolith codebase debug implementation variable loop array pointer b-tree postgresql postgres database terraform linux',
);
addDomain(
  'maths',
  'prove theorem lemma proof equation equations integral derivative matrix polynomial prime integer integers algebra geometry calculus probability sum product triangle vector eigenvalue modulo fraction percent solve group ring field',
);
addDomain(
  'data',
  'dataset csv table column columns rows spreadsheet excel dataframe pandas statistics statistical regression chart plot query json xml yaml extract records aggregate histogram average median',
);
addDomain(
  'writing',
  'poem story essay email letter blog article tweet slogan haiku lyrics novel speech headline tone rewrite paragraph translate proofread edit draft copy screenplay dialogue',
);
addDomain(
  'research',
  'research literature study studies survey sources citations cite evidence history compare market report hypothesis paper papers findings policy',
);

export function domainOf(word: string): Domain | undefined {
  return domains.get(word);
}
