import { type Check, failed, passed } from './check.ts';
import { withoutQuotations } from './prose.ts';

/**
 * Phrases in which models refuse. Only in the opening of the answer, where a refusal stands, and only with the
 * model as the one who refuses: "I cannot help" is one, "The court cannot help" is not. A verb of service is
 * required after "cannot", so that "I cannot overstate how …" and "I can't believe …" stay answers.
 */
const refusals: readonly RegExp[] = [
  // English
  /\bi(?:'m| am)? ?(?:really |very |so |truly )?(?:sorry|afraid),? (?:but )?(?:that )?i(?:'m| am)? ?(?:can(?:no|')?t|can not|unable|not able|won't|will not|must decline|don't feel)/,
  /\bi(?:'m| am)? ?(?:can(?:no|')?t|can not|won't be able to|will not|won't|am unable to|'?m unable to|am not able to|'?m not able to|am not allowed to|'?m not allowed to|must decline to|have to decline) (?:be able to |to |in good conscience )?(?:help|assist|comply|provide|fulfil+|answer|respond|create|write|generate|produce|offer|give|support|engage|discuss|share|do that|do this|complete|continue|process|access|browse|perform|satisfy|participate)\b/,
  /\bas an? (?:ai|artificial intelligence|(?:large )?language model|assistant)\b[^.!?\n]{0,60}\b(?:i |i'm |am )?(?:can(?:no|')?t|can not|unable|not able|do not have the ability|don't have the ability|not programmed|not designed)\b/,
  /\b(?:it is|it's|this is|that is|that's) (?:against|outside|beyond) (?:my|openai's|anthropic's|the content) (?:programming|guidelines|policy|policies|capabilit|scope|abilities)/,
  /\b(?:your|this|the) request (?:violates|goes against|was rejected|cannot be (?:completed|processed|fulfilled))/,
  /^(?:sorry|apologies|my apologies|unfortunately)[,.!]? (?:but )?(?:i |we )(?:can(?:no|')?t|can not|am unable|'m unable|am not able|'m not able|don't have (?:access|the ability)|do not have (?:access|the ability))/,
  // German
  /\b(?:es )?tut mir (?:sehr )?leid,? (?:aber |dass |da )?[^.!?\n]{0,50}\b(?:kann|darf|nicht)\b/,
  /\b(?:ich kann|ich darf|kann ich|darf ich) (?:dir|ihnen|ihre|deine|diese|dieser|diesen|dabei|dazu|damit|das|hier|leider|dies)?[^.!?\n]{0,40}\bnicht (?:helfen|weiterhelfen|behilflich|beantworten|erfüllen|nachkommen|unterstützen|bereitstellen|erstellen|ausführen|entsprechen)/,
  /\bals (?:ki|künstliche intelligenz|ki-(?:modell|assistent)|sprachmodell)\b[^.!?\n]{0,60}\b(?:kann|darf|nicht in der lage)\b[^.!?\n]{0,60}\b(?:nicht|kein)/,
  // French
  /\bje (?:suis )?(?:vraiment )?(?:désolée?|navrée?),? (?:mais )?[^.!?\n]{0,30}\b(?:je ne (?:peux|puis|suis)|ne pas|impossible)/,
  /\bje ne (?:peux|puis|pourrai|suis pas (?:en mesure|capable|autorisée?)) ?(?:pas |de |d')?[^.!?\n]{0,20}\b(?:aider|répondre|fournir|accéder|satisfaire|assister|traiter|créer|donner)/,
  /\ben tant qu(?:e |')(?:ia|intelligence artificielle|modèle|assistant)\b[^.!?\n]{0,60}\bje ne (?:peux|puis|suis)/,
  // Spanish
  /\b(?:lo siento|lo lamento|disculpa|me temo)[^.!?\n]{0,20},? (?:pero |que )?[^.!?\n]{0,20}\bno (?:puedo|podré|me es posible|estoy (?:en condiciones|autorizad))/,
  /\bno (?:puedo|podré|me es posible) (?:ayudar|asistir|proporcionar|responder|cumplir|ofrecer|generar|crear|realizar|brindar)/,
  /\bcomo (?:ia|inteligencia artificial|modelo de lenguaje|asistente)\b[^.!?\n]{0,60}\bno (?:puedo|tengo|soy capaz)/,
  // Portuguese
  /\b(?:desculpe|sinto muito|lamento|me desculpe)[^.!?\n]{0,20},? (?:mas )?[^.!?\n]{0,20}\bnão (?:posso|consigo|poderei|sou capaz)/,
  /\bnão (?:posso|consigo|poderei) (?:ajudar|ajudá|auxiliar|fornecer|responder|atender|gerar|criar|oferecer)/,
  // Italian
  /\b(?:mi dispiace|spiacente|mi scuso)[^.!?\n]{0,20},? (?:ma )?[^.!?\n]{0,20}\bnon (?:posso|sono in grado|mi è possibile)/,
  /\bnon (?:posso|sono in grado di|mi è possibile) (?:aiutar|assister|fornir|rispondere|soddisfare|generare|creare)/,
  // Dutch
  /\bhet spijt me\b[^.!?\n]{0,40}\b(?:kan|mag)\b[^.!?\n]{0,40}\b(?:niet|geen)|\bik kan (?:je |u |hier |daar )?[^.!?\n]{0,30}\bniet (?:mee )?(?:helpen|bij helpen|assisteren|voldoen)/,
  // Polish, Russian, Ukrainian
  /\b(?:przepraszam|przykro mi|niestety)[^.!?\n]{0,20},? (?:ale )?nie (?:mogę|jestem w stanie)/,
  /(?:извините|простите|к сожалению|мне жаль|прошу прощения)[^.!?\n]{0,25}(?:я )?не (?:могу|смогу|в состоянии)|я не могу (?:помочь|выполнить|предоставить|ответить)/,
  /(?:вибачте|на жаль|перепрошую)[^.!?\n]{0,25}(?:я )?не (?:можу|зможу)/,
  // Chinese, Japanese, Korean
  /(?:抱歉|对不起|對不起|很遗憾|很遺憾)[^。！？\n]{0,20}(?:我)?(?:无法|無法|不能|不便|没有办法)|作为(?:一个)?(?:ai|人工智能|语言模型)[^。！？\n]{0,20}(?:无法|不能)|^我(?:无法|不能)(?:帮助|协助|提供|回答|满足)/,
  /(?:申し訳(?:ありません|ございません)|すみません|ごめんなさい)[^！？\n]{0,60}(?:できません|できかねます|いたしかねます|お答えできません|お手伝いできません)/,
  /(?:죄송합니다|죄송하지만|미안하지만)[^!?\n]{0,60}(?:수 없|못합니다|어렵습니다|불가능)/,
  // Turkish, Arabic
  /(?:üzgünüm|maalesef|özür dilerim)[^.!?\n]{0,60}(?:yardımcı olamam|yapamam|edemem|veremem|yanıtlayamam|cevaplayamam)/,
  /(?:آسف|عذرا|عذرًا|أعتذر|للأسف)[^.!?؟\n]{0,40}(?:لا أستطيع|لا يمكنني|لن أتمكن)/,
];

/** Tasks in which a refusal is the wanted text: letters that decline, translations of an apology, tests of refusals. */
const aboutRefusing =
  /\b(?:refus\w*|declin\w*|reject\w*|apolog\w*|turn(?:ing)? (?:\w+ )?down|say(?:ing)? no\b|regret\w*|absag\w*|ableh\w*|entschuldig\w*|refuser|refus|excus\w*|rechaz\w*|disculp\w*|desculp\w*|rifiut\w*|weiger\w*|odmow\w*|отказ\w*|извин\w*)/i;

const openingLength = 320;

/**
 * Does the answer refuse the task? Reads the opening only, without quotations and code. A task that is itself
 * about refusing is left alone, and so is one whose own text contains the phrase (a translation, a test).
 */
export const checkRefusal: Check = ({ request, generation, text, parsed, settings }) => {
  if (!settings.checkRefusals) return undefined;
  if (generation.finishReason === 'refusal')
    return failed('refusal', 'completeness', 0, 'the provider marked the answer as a refusal');
  if (generation.toolCalls.length > 0 || (parsed?.ok && request.schema !== undefined) || text === '')
    return undefined;
  const opening = normal(withoutQuotations(text).trimStart().slice(0, openingLength));
  for (const phrase of refusals) {
    const found = phrase.exec(opening);
    if (found === null) continue;
    const task = normal(request.userText.slice(0, 20_000));
    if (aboutRefusing.test(task) || refusals.some((known) => known.test(task))) return undefined;
    return failed('refusal', 'completeness', 0, `"${found[0]}"`);
  }
  return passed('refusal', 'completeness');
};

function normal(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[*_#]+/g, '')
    .replace(/[^\S\n]+/g, ' ');
}
