/** Words that are in every English text, so that nobody looks for them. */
const STOP_WORDS = new Set(
  (
    'a about above after again all am an and any are as at be because been before being below between both but by can did do ' +
    'does doing down during each few for from further had has have having he her here hers him his how i if in into is it its ' +
    'just me more most my no nor not now of off on once only or other our ours out over own same she should so some such than ' +
    'that the their them then there these they this those through to too under until up very was we were what when where which ' +
    'while who whom why will with you your'
  ).split(' '),
);

/** The words of a text without case, accents and English endings, stop words left out. */
export function stemsOf(text: string): string[] {
  const words = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFC')
    .match(/[\p{L}\p{N}_]+/gu);
  return (words ?? []).filter((word) => !STOP_WORDS.has(word)).map(stem);
}

/** So that `search`, `searches`, `searching` and `searched` are one. */
function stem(word: string): string {
  if (word.length < 4) return word;
  const singular = word
    .replace(/ies$/, 'y')
    .replace(/(ss|sh|ch|x)es$/, '$1')
    .replace(/([^s])s$/, '$1');
  const base = singular.length > 5 ? singular.replace(/(?:ing|edly|ed|ly|ment|ness)$/, '') : singular;
  return base.replace(/([^aeiouls])\1$/, '$1').replace(/e$/, '') || word;
}
