import type { Secret } from '../../base/secret.js';

const HIDDEN = '[secret]';

/** Keys and tokens as services write them, also half covered by asterisks, and passwords in addresses. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[^\s"',]+/gi, `$1 ${HIDDEN}`],
  [/\b(?:sk|pk|rk|gsk|xai|nvapi|hf)[-_][\w*.-]{6,}/gi, HIDDEN],
  [/\b(?:key|api|token)[-_](?=[\w.-]*[\d*])[\w*.-]{6,}/gi, HIDDEN],
  [/([?&](?:key|[\w-]*token|[\w-]*key|sig|signature|secret|password)=)[^\s&"'<>]+/gi, `$1${HIDDEN}`],
  [/\b((?:x-)?api[-_]?key["']?\s*[:=]\s*["']?)[^\s"',&]+/gi, `$1${HIDDEN}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b[\w-]{40,}\b/g, HIDDEN],
  [/\/\/[^\s/@]+@/g, `//${HIDDEN}@`],
];

/** The text without what looks like somebody's secret. It takes time by the square of the length, at worst. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** The text without this key, however it is spelled. */
export function withoutKey(text: string, apiKey: Secret | null): string {
  return spellingsOf(apiKey?.reveal() ?? '').reduce((rest, key) => rest.replaceAll(key, HIDDEN), text);
}

/** As it is, as in an address, as in JSON, and as in a header of basic authentication. */
function spellingsOf(key: string): readonly string[] {
  if (key === '') return [];
  const base64 = [key, `:${key}`].map((text) => Buffer.from(text).toString('base64'));
  return [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), ...base64];
}
