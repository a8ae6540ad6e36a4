/** The estimate's error, as `estimateError` states it, against a real tokenizer, on many kinds of text. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { packageRoot } from '../../config/paths.ts';
import { estimateError, estimateTokens } from '../../router/tokens.ts';

/** Bytes that look random and are the same every time. */
const noise = Buffer.concat(
  Array.from({ length: 90 }, (_, at) => createHash('sha256').update(String(at)).digest()),
);
const file = (name: string): string => readFileSync(join(packageRoot(), name), 'utf8').slice(0, 20_000);

const texts: Readonly<Record<string, string>> = {
  english:
    'We have to move the database without an interruption. First make a full backup, then shift traffic.',
  medical:
    'Immunohistochemical characterization of oligodendrogliomas in paediatric neurosurgery and epilepsy.',
  german: 'Wir müssen die Datenbank ohne Ausfallzeit umziehen. Bitte nennen Sie ausführliche Schritte.',
  dutch: 'We moeten de gegevensbank zonder onderbreking verplaatsen. Geef gedetailleerde stappen.',
  french: 'Nous devons migrer la base de données sans interruption. Veuillez indiquer les étapes détaillées.',
  spanish: 'Necesitamos migrar la base de datos sin interrupciones. Indique los pasos detallados.',
  italian:
    'Dobbiamo trasferire la banca dati senza interruzioni. Si prega di indicare i passaggi dettagliati.',
  polish: 'Musimy przenieść bazę danych bez przestoju. Proszę podać szczegółowe kroki i ocenę ryzyka.',
  czech: 'Musíme přenést databázi bez výpadku. Uveďte prosím podrobné kroky a posouzení rizik.',
  hungarian: 'Az adatbázist leállás nélkül kell áthelyeznünk. Kérjük, adjon meg részletes lépéseket.',
  finnish: 'Meidän täytyy siirtää tietokanta ilman käyttökatkoa. Anna yksityiskohtaiset vaiheet.',
  turkish: 'Veritabanını kesinti olmadan taşımamız gerekiyor. Lütfen ayrıntılı adımları verin.',
  indonesian: 'Kita harus memindahkan basis data tanpa gangguan. Mohon berikan langkah-langkah terperinci.',
  vietnamese: 'Chúng ta cần di chuyển cơ sở dữ liệu mà không ngừng hoạt động. Vui lòng cung cấp các bước.',
  russian: 'Нам нужно перенести базу данных без простоя. Пожалуйста, дайте подробные шаги и оценку рисков.',
  greek: 'Πρέπει να μεταφέρουμε τη βάση δεδομένων χωρίς διακοπή. Δώστε αναλυτικά βήματα.',
  hebrew: 'עלינו להעביר את מסד הנתונים ללא השבתה. אנא ספקו שלבים מפורטים והערכת סיכונים.',
  arabic: 'نحتاج إلى ترحيل قاعدة البيانات دون توقف. يرجى تقديم خطوات مفصلة وتقييم المخاطر.',
  hindi: 'हमें बिना डाउनटाइम के डेटाबेस माइग्रेट करना है। कृपया विस्तृत चरण और जोखिम मूल्यांकन दें।',
  thai: 'เราต้องย้ายฐานข้อมูลโดยไม่ให้ระบบหยุดทำงาน กรุณาให้ขั้นตอนโดยละเอียดและการประเมินความเสี่ยง',
  khmer: 'យើងត្រូវផ្លាស់ទីមូលដ្ឋានទិន្នន័យដោយគ្មានការរំខាន។',
  amharic: 'የውሂብ ጎታውን ያለ ማቋረጥ ማዛወር አለብን። እባክዎ ዝርዝር ደረጃዎችን ይስጡ።',
  chinese: '我们需要在不停机的情况下迁移数据库，请给出详细的步骤和风险评估。首先备份所有数据。',
  japanese: 'データベースを停止せずに移行する必要があります。詳細な手順とリスク評価を示してください。',
  korean: '데이터베이스를 중단 없이 마이그레이션해야 합니다. 자세한 단계와 위험 평가를 제시해 주세요.',
  emoji: '🎉🚀😀👩‍👩‍👧‍👦🇩🇪✨🔥'.repeat(20),
  typescript: file('router/route.ts'),
  yaml: file('config/prices.yaml'),
  json: file('package-lock.json'),
  markdown: file('docs/memory.md'),
  base64: noise.toString('base64'),
  hex: noise.toString('hex'),
  letters: [...noise].map((byte) => String.fromCharCode(97 + (byte % 26))).join(''),
  digits: [...noise].map((byte) => byte % 10).join(''),
  addresses: Array.from({ length: 200 }, (_, at) => [...noise.subarray(at, at + 4)].join('.')).join('\n'),
  indented: Array.from({ length: 200 }, (_, at) => `${' '.repeat((at % 12) * 4)}x`).join('\n'),
  spaces: ' '.repeat(5_000),
  equals: '='.repeat(5_000),
  formula: String.raw`\frac{\partial^2 u}{\partial x^2} + \sum_{i=1}^{n} \alpha_i x_i^{2k} = 0 `.repeat(20),
};

for (const [kind, text] of Object.entries(texts)) {
  test(`${kind}: the true count lies within the stated error of the estimate`, () => {
    const estimate = estimateTokens(text);
    const { least, most } = estimateError([text], estimate);
    const ratio = countTokens(text) / estimate;
    assert.ok(least <= ratio && ratio <= most, `${ratio.toFixed(2)} is not within ${least} to ${most}`);
  });
}

test('English and code keep the ordinary margin, or nearly: nothing is held back for languages they are not in', () => {
  for (const [kind, most] of [
    ['english', 1.35],
    ['typescript', 1.25],
    ['json', 1.25],
    ['chinese', 1.25],
    ['base64', 1.25],
  ] as const) {
    const text = texts[kind] ?? '';
    assert.ok(estimateError([text], estimateTokens(text)).most <= most, kind);
  }
});
