import { z } from 'zod';

const ifGood = <Type extends z.ZodType>(type: Type) => type.optional().catch(undefined);
const number = ifGood(z.number());
const list = ifGood(z.array(z.unknown()));

/** What the demo model goes by in a JSON Schema; it passes over what stands there in another form than it should. */
const SCHEMA = z
  .object({
    const: z.unknown(),
    enum: list,
    examples: list,
    default: z.unknown(),
    $ref: ifGood(z.string()),
    anyOf: list,
    oneOf: list,
    allOf: list,
    type: ifGood(z.union([z.string(), z.array(z.string())])),
    properties: ifGood(z.record(z.string(), z.unknown())),
    required: ifGood(z.array(z.string())),
    items: z.unknown(),
    prefixItems: list,
    minItems: number,
    minimum: number,
    exclusiveMinimum: number,
    maximum: number,
    minLength: number,
    maxLength: number,
    format: ifGood(z.string()),
  })
  .partial()
  .catch({});
type Schema = z.output<typeof SCHEMA>;

/** References followed and values nested, and values in all, after which what goes on without end is left. */
const MAX_DEPTH = 12;
const MAX_VALUES = 500;

const MAX_ITEMS = 20;
const MAX_CHARS = 1_000;

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T09:00:00Z',
  email: 'demo@example.com',
  time: '09:00:00Z',
  uri: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that fits a JSON Schema (2020-12), where that asks for nothing unusual. */
export function sampleOf(root: unknown): unknown {
  return new Sampler(root).valueOf(root, MAX_DEPTH);
}

class Sampler {
  /** Parts that were read: what refers to itself is met again and again. */
  readonly #read = new Map<unknown, Schema>();
  #left = MAX_VALUES;

  constructor(private readonly root: unknown) {}

  valueOf(part: unknown, depth: number): unknown {
    this.#left -= 1;
    if (depth === 0 || this.#left < 0) return null;
    const schema = this.#schemaOf(part);
    const given = [schema.const, schema.enum?.[0], schema.examples?.[0], schema.default];
    const first = given.find((value) => value !== undefined);
    if (first !== undefined) return first;
    const inner = (other: unknown): unknown => this.valueOf(other, depth - 1);
    if (schema.$ref !== undefined) return inner(referred(this.root, schema.$ref));
    const alternatives = schema.anyOf ?? schema.oneOf ?? [];
    if (alternatives.length > 0) return inner(alternatives[0]);
    if (schema.allOf) return together(schema.allOf.map(inner));
    return ofType(schema, inner);
  }

  #schemaOf(part: unknown): Schema {
    const schema = this.#read.get(part) ?? SCHEMA.parse(part);
    this.#read.set(part, schema);
    return schema;
  }
}

/** What fits all of several forms is mostly an object of which each says a part. */
function together(parts: readonly unknown[]): unknown {
  return parts.every(isRecord) ? (Object.assign({}, ...parts) as unknown) : parts[0];
}

function ofType(schema: Schema, inner: (part: unknown) => unknown): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(wantedOf(schema).map(([name, property]) => [name, inner(property)]));
    case 'array':
      if (schema.prefixItems) return schema.prefixItems.map(inner);
      return Array.from({ length: Math.min(schema.minItems ?? 1, MAX_ITEMS) }, () => inner(schema.items));
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

function typeOf({ type, properties, items, prefixItems }: Schema): string | undefined {
  if (type !== undefined) return typeof type === 'string' ? type : type[0];
  if (properties) return 'object';
  return (items ?? prefixItems) ? 'array' : undefined;
}

/** Only those that are required where the schema says which: so a tree ends. */
function wantedOf({ properties = {}, required }: Schema): [string, unknown][] {
  return Object.entries(properties).filter(([name]) => required?.includes(name) ?? true);
}

function numberOf({ minimum, exclusiveMinimum, maximum = Infinity }: Schema): number {
  const least = exclusiveMinimum === undefined ? minimum : Math.floor(exclusiveMinimum) + 1;
  return Math.min(Math.ceil(least ?? 1), maximum);
}

function textOf({ format = '', minLength = 0, maxLength = Infinity }: Schema): string {
  const text = FORMATS[format] ?? 'demo';
  return text.padEnd(Math.min(minLength, MAX_CHARS), '.').slice(0, maxLength);
}

/** By a JSON Pointer within the schema: `#/$defs/city`. */
function referred(root: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce((at, name) => (isRecord(at) ? at[name] : undefined), root);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
