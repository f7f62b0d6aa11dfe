import { z } from 'zod';
import { InvalidInputError } from '../../base/errors.js';
import { isLeftOut } from '../left-out.js';
import { MAX_FALLBACK_MODELS, type ModelKind, type ToolMode } from './model.js';

const TOOL_MODES = ['AUTO', 'TOOLS', 'FUNCTIONS', 'REACT', 'NONE'] as const satisfies readonly ToolMode[];
const KINDS = ['CHAT', 'EMBEDDING'] as const satisfies readonly ModelKind[];

/** One line without control characters, spaces around it taken away. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be blank.')
    .max(most, `At most ${most} characters.`)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'One line of well-formed text, please.');

const whole = (least: number, most: number) =>
  z
    .number()
    .refine(
      (number) => Number.isInteger(number) && number >= least && number <= most,
      `A whole number from ${least} to ${most}.`,
    );

const decimal = (least: number, most: number) =>
  z.number().refine((number) => number >= least && number <= most, `A number from ${least} to ${most}.`);

const baseUrl = z
  .string()
  .trim()
  .max(2_000, 'At most 2000 characters.')
  .refine(isServiceUrl, 'An address that starts with http:// or https://, without a user name, query or fragment.')
  .transform((url) => url.replace(/\/+$/, ''));

const apiKey = z.string().refine(isApiKey, 'A key is 1 to 1000 visible ASCII characters.');

const milliseconds = whole(1, 3_600_000);
const price = decimal(0, 100_000);

export const newProviderSchema = z.object({ name: line(64), baseUrl, apiKey: apiKey.nullish() });

export const providerTestSchema = z.object({ modelName: line(200).nullable() });

/** What is missing stays as it is; a key that is null is forgotten. */
export const providerChangesSchema = z
  .object({ name: line(64), baseUrl, apiKey: apiKey.nullable(), enabled: z.boolean() })
  .partial();

const modelSettings = z
  .object({
    displayName: line(100),
    toolMode: z.enum(TOOL_MODES),
    fallbackModelIds: z
      .array(z.string().max(64))
      .max(MAX_FALLBACK_MODELS, `At most ${MAX_FALLBACK_MODELS} models can stand in.`),
    contextWindow: whole(256, 100_000_000).nullable(),
    maxOutputTokens: whole(1, 10_000_000).nullable(),
    temperature: decimal(0, 2).nullable(),
    firstByteTimeoutMs: milliseconds,
    idleTimeoutMs: milliseconds,
    inputPrice: price.nullable(),
    outputPrice: price.nullable(),
  })
  .partial();

export const newModelSchema = modelSettings.extend({
  providerId: z.string(),
  name: line(200),
  kind: z.enum(KINDS).default('CHAT'),
});

/** What is missing stays as it is. */
export const modelChangesSchema = modelSettings.extend({
  name: line(200).optional(),
  enabled: z.boolean().optional(),
});

/** As clients send it: those that are typed name each field, and leave one out by null. */
type Sent<Schema extends z.ZodObject> = {
  readonly [Field in keyof z.input<Schema>]: z.input<Schema>[Field] | null;
};

export type NewProvider = Sent<typeof newProviderSchema>;
export type ProviderInput = Sent<typeof providerChangesSchema>;
export type NewModel = Sent<typeof newModelSchema>;
export type ModelInput = Sent<typeof modelChangesSchema>;

/** The input without what is undefined, or is null where that cannot be meant. @throws {InvalidInputError} naming the first field that does not fit. */
export function checked<Schema extends z.ZodObject>(schema: Schema, input: Sent<Schema>): z.output<Schema> {
  const isSaid = ([field, value]: [string, unknown]): boolean =>
    value !== undefined && !isLeftOut(schema, field, value);
  const { data, error } = schema.safeParse(Object.fromEntries(Object.entries(input).filter(isSaid)));
  if (!error) return data;
  const [issue] = error.issues;
  throw new InvalidInputError(issue?.path.join('.') ?? 'input', issue?.message ?? 'The input is not valid.');
}

/** As it goes into a header. */
export function isApiKey(text: string): boolean {
  return /^[\x21-\x7e]{1,1000}$/.test(text);
}

/** What paths are added to, and administrators may see. */
export function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username + password + search + hash === '';
}
