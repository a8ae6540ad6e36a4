/**
 * Phrases that demand long reasoning whatever the matter: to prove, to find every weakness, to tell causes apart,
 * to keep a promise while something fails. A single word would not do ("find", "each", "without").
 */

/** What is read at most, in characters from the beginning and from the end. */
const headLength = 1_000;
const tailLength = 300;

const perDemand = 0.75;
const mostDemands = 3;

const english = [
  '(?:find|identify|list|rank|enumerate|name|explain|spot) (?:out )?(?:the |all |every |any |possible |each |likely |hidden )*(?:flaws?|contradictions?|gaps|races?|race conditions|root causes?|causes|weakness(?:es)?|vulnerabilit|side channels?|timing|attacks?|anomal|bottlenecks?|mechanism|failure modes?|threats?|loopholes?)',
  'hypothes[ei]s',
  'experiments? (?:that|to|which|would)',
  '(?:prove|argue|show|demonstrate|verify|justify)s? (?:that|its|their|your|the correctness|the absence|correctness|rigorously|or disprove|it or)',
  'rule (?:each|them|it|these|out)',
  'trade-?offs?',
  'safe against|attack trees?|threat[- ]model|adversar|exploitab',
  '(?:lower|upper) bound|better than o\\(|time complexity of at most|maximal weight|integer program|dynamic programming|minimi[sz]es? (?:the )?(?:expected|weighted|total)',
  '(?:under )?(?:which|what) assumptions|unidentifiable|identification strateg|selection effects?|confound|causal|statistical power|the power\\b|counterfactual',
  'value of information|quantify (?:your|the) uncertaint|uncertain ',
  'root[- ]causes?|post-?mortem|incident (?:analysis|review|archive|report)|remediation',
  'without (?:any )?(?:down-?time|a coordinator|losing|data loss|interruption|locks|service interruption|breaking)',
  'roll(?:ed)? ?back|hand-?overs?|half-?way|sub-?agents?|dependency order|incrementally|safe steps|data ownership|seams',
  '(?:crash|failure|failover|crashes|recover\\w*|network) (?:recovery|between|at any|at each|at every|partition)',
  'reconcile|contradict|conflicting|mutually consistent|unreliable|resolution|consistent (?:specification|across)|keep \\w+(?: \\w+)? consistent|stays? (?:consistent|correct)|eventually consistent|strongly consistent|snapshot isolation|serializab|lineari[sz]ab',
  'invariants?|barriers?|memory ordering|lock-free|wait-free|deadlocks?|converges?|clock drift|split votes|work-stealing|garbage collector|compiler pass|write barriers?|storage engine|query optimi[sz]er|consensus protocol|leader election|model-check',
  'only (?:in one|on one|on some|sometimes|after)|every (?:night|few minutes|few days)|once in [\\d,.]+|about once|(?:since|after) the (?:upgrade|migration|deploy|update)',
  'lost (?:after|devices)|(?:another|other) user|poison|idempoten|exactly[- ]once|at-least-once|multi-region|active-active|offline-first|multi-tenant|shard|replica(?:tion|s)?\\b|p99|tail latenc|throughput|latency|backpressure|lease of',
  'evidence for and against|weigh (?:the |study |up )|study designs?|meta-analysis|systematic review|critically|compare the evidence|which of these (?:\\w+ )?(?:papers|studies)|how (?:would|do) (?:you|we) (?:verify|validate|prove|test) that|observational|randomised|randomized',
  'both sides|likely outcome|under \\w+ law|liabilit|shareholder|valuation|retroactive|fairness of|legal rules|contract says|statutory',
  'legacy|monolith|years? old|\\d+k? lines|\\d+-(?:line|year-old)|hundreds of files|\\d{3} files|whole codebase|our codebase',
  'first principles|rigorous|polynomial-size|np-|p = np|theorem|lemma|bijection|integral domain|induction that|closed form|asymptotic|optimal\\b',
  'weakness(?:es)?|privilege escalation|security (?:review|audit)|for security|revocation|audit trail|end-to-end encr|replay',
  'high(?:ly)?[- ]availab|fault[- ]toleran|disaster recovery|backwards?[- ]compatib|event[- ]sourc|cqrs|two-phase|quorum|gossip|vector clock|cap theorem|capacity plan|failover|zero-downtime|distributed|microservices',
  'attack surface|exploit|penetration|forensic|supply[- ]chain|key rotation|zero-knowledge|cryptograph|multi-agent|sandbox escape',
  'memory leak|contention|starvation|gc pause|intermittent|non-?determinis|heisenbug|data race|out of memory|oom',
  'bayesian|propensity|instrumental variable|difference-in-differences|survivorship|external validity|publication bias|monte carlo|sensitivity analysis|game[- ]theor',
  'np-?hard|approximation (?:ratio|algorithm)|amorti[sz]ed|competitive ratio|reduction from|polynomial time|termination|undecidab|eigenvalue|convergence',
  'type inference|borrow checker|register allocation|allocator|just-in-time|scheduler|b-tree|concurren|raft|paxos|crdt|tla\\+|mvcc|write-ahead',
];
const others = [
  'hypoth[eè]s|hipótesis|ipotes|hipotez|гипотез',
  'ursachen?\\b|nachweis|beweis|angriff|sicherheitslück|abwägung|zielkonflikt|ausfall|widersprüch|revisionssicher|verteilt|nebenläufig|wettlauf|ohne (?:ausfall|unterbrechung|datenverlust)|studienlage|verzerrung|methodik|messungen|perzentil|durchsatz|latenz|skalier',
  'la cause|les causes|causes (?:racines?|possibles|profondes)|analyse causale|compromis|sans (?:interruption|perte|coupure)|tolérant|cohéren|disponibilit|réparti|répliqu|expériences|concurren|vulnérabilit|faille|démontr|sécurité|perte de|perd des|conflit',
  'caus(?:al|as)\\b|causa raíz|compromisos|sin (?:interrupción|pérdida|cerrar)|toleran|consisten|consenso|distribuid|asíncrono|concurren|vulnerab|ataques?|seguridad|sesgos?|experimento|conmutación por error|supuestos?|demuestr|justifica las',
  'ricostruisci|la causa|le cause|incidente|distribuit|tolleran|compromess|senza (?:interruzion|perd)|coeren|tutte le alternative|concorren|vulnerabilità|attacc|sicurezza|ripristino|replica\\b|numerabile|dimostra',
  'impossível|garantir|ponta a ponta|edição concorrente|compromissos|sem (?:interrupção|perda|parada)|tolerante|consistência|vulnerabil|ataques?|segurança|viés|hipótese|conflit|concorrên',
  'przyczyn|kompromis|replikacj|opóźnieni|eksperyment|dochodzeni|bez (?:przestoj|utraty|przerw)|rozprosz|spójno|współbież|podatnoś|atak|bezpieczeńst|udowodnij|np-zupeł|gwarancj|audyt|węzł',
  'причин|компромисс|распредел|отказоустойчив|согласован|уязвимост|без (?:простоя|потерь)|докаж',
];
const ideographs =
  '竞态|竞争条件|权衡|一致性|强一致|分布式|容错|多活|漏洞|攻击|根因|根本原因|假设|实验|恢复方案|故障|死锁|刻画|整合性|トレードオフ|分散システム|脆弱|競合|デッドロック|障害|根本原因|仮説|無停止|攻撃|証明';

const demand = new RegExp(`(?<![\\p{L}])(?:${[...english, ...others].join('|')})|${ideographs}`, 'gu');

/** How much the phrases in the beginning and the end of `prose` add, and which; undefined where there are none. */
export function demandsOf(prose: string): { weight: number; evidence: string } | undefined {
  const read =
    prose.length <= headLength + tailLength
      ? prose
      : `${prose.slice(0, headLength)}\n${prose.slice(-tailLength)}`;
  const found = new Set<string>();
  for (const match of read.toLowerCase().replaceAll(/ {2,}/g, ' ').matchAll(demand)) {
    found.add(match[0]);
    if (found.size === mostDemands) break;
  }
  if (found.size === 0) return undefined;
  return { weight: perDemand * found.size, evidence: [...found].join(', ') };
}
