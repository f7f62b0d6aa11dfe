const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

type AnswerType = typeof JSON_TYPE | typeof GRAPHQL_TYPE;

/**
 * In which media type of GraphQL over HTTP a client takes answers; null if in none. Who takes both alike gets GraphQL's own only by its name.
 *
 * @param accept The header. Without it any will do.
 */
export function answerType(accept: string | undefined): AnswerType | null {
  const ranges = new Map((accept || '*/*').split(',').map(readRange));
  const qualityOf = (type: AnswerType): number =>
    ranges.get(type) ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0;

  const json = qualityOf(JSON_TYPE);
  const graphql = qualityOf(GRAPHQL_TYPE);
  if (graphql > json || (graphql === json && graphql > 0 && ranges.has(GRAPHQL_TYPE))) return GRAPHQL_TYPE;
  return json > 0 ? JSON_TYPE : null;
}

/** Its name and its quality, 0 to 1. Other parameters are not looked at: ours are UTF-8 whatever is asked for. */
function readRange(range: string): [string, number] {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return [name, quality === undefined ? 1 : Number(quality.slice('q='.length)) || 0];
}
