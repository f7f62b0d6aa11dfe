/** What the demo model goes by in a JSON Schema. */
type Schema = {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
};

/** References followed and values nested, after which a schema that goes on without end is left. */
const MAX_DEPTH = 12;

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
  return valueOf(schemaIn(root), root, MAX_DEPTH);
}

function valueOf(schema: Schema, root: unknown, depth: number): unknown {
  const { const: only, enum: [first] = [], examples: [example] = [], default: standard } = schema;
  const given = [only, first, example, standard].find((value) => value !== undefined);
  if (given !== undefined || depth === 0) return given ?? null;
  const inner = (part: Schema): unknown => valueOf(part, root, depth - 1);
  if (schema.$ref !== undefined) return inner(referred(root, schema.$ref));
  const [alternative] = schema.anyOf ?? schema.oneOf ?? [];
  if (alternative) return inner(alternative);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(inner)) as unknown;
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(wantedOf(schema).map(([name, property]) => [name, inner(property)]));
    case 'array':
      return Array.from({ length: Math.min(schema.minItems ?? 1, MAX_ITEMS) }, () => inner(schema.items ?? {}));
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

function typeOf({ type, properties, items }: Schema): string | undefined {
  if (type !== undefined) return typeof type === 'string' ? type : type[0];
  if (properties) return 'object';
  return items ? 'array' : undefined;
}

/** What is not required is left out of what refers to itself, but a schema without such a list means all. */
function wantedOf({ properties = {}, required }: Schema): [string, Schema][] {
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
function referred(root: unknown, pointer: string): Schema {
  const names = pointer.split('/').slice(1);
  return schemaIn(names.reduce<unknown>((at, name) => (schemaIn(at) as Record<string, unknown>)[name], root));
}

const schemaIn = (value: unknown): Schema => (typeof value === 'object' && value !== null ? value : {});
