import { readFileSync } from 'node:fs';
import { Secret } from '../base/secret.js';
import { isSubnet } from '../base/subnets.js';

/** Variables by name. One that is empty counts as one that is not there, since that is how Compose and Kubernetes leave out a value. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What a number may be, and what it is where nothing is said. */
type Range<Standard> = { readonly standard: Standard; readonly min: number; readonly max: number };

/** Passwords that stand in manuals. */
const WELL_KNOWN = new Set([
  'admin',
  'changeme',
  'example',
  'minioadmin',
  'minio123',
  'mongo',
  'password',
  'redis',
  'root',
  'secret',
  'tomato',
]);

/**
 * Reads settings and remembers what is wrong with them, so that whoever starts the server hears of everything at once.
 * A setting that is wrong reads as its default, or as null: nothing of it is used, since {@link problems} is not empty then.
 */
export class Environment {
  /** One sentence each, beginning with the setting's name. None holds a secret. */
  readonly problems: string[] = [];
  /** Settings that are there and count for nothing as the others are: one sentence each, as {@link problems} has them. They keep nothing from starting. */
  readonly unused: string[] = [];

  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  /** @param what The rest of a sentence that begins with the setting's name. */
  complain(name: string, what: string): void {
    this.problems.push(`${name} ${what}.`);
  }

  text(name: string): string | null {
    return this.#env[name]?.trim() || null;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[], standard: Choice): Choice {
    const text = this.text(name);
    if (text === null) return standard;
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found === undefined) this.complain(name, `must be one of ${choices.join(', ')}, not ${text}`);
    return found ?? standard;
  }

  integer<Standard extends number | null>(name: string, { standard, min, max }: Range<Standard>): number | Standard {
    const value = this.#number(name, min, max);
    if (value !== null && !Number.isSafeInteger(value)) this.complain(name, 'must be a whole number');
    return value ?? standard;
  }

  decimal<Standard extends number | null>(name: string, { standard, min, max }: Range<Standard>): number | Standard {
    return this.#number(name, min, max) ?? standard;
  }

  /** Parted by commas. */
  list(name: string): readonly string[] {
    const items = this.text(name)?.split(',') ?? [];
    return items.map((item) => item.trim()).filter((item) => item !== '');
  }

  /** An address to which paths are added. @returns It without the slash that may end it. */
  url(name: string): string | null {
    const text = this.text(name);
    if (text === null) return null;
    const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
    if (url === null) this.complain(name, 'must be an address that starts with http:// or https://');
    else if (url.username + url.password + url.search + url.hash !== '' || /[?#]/.test(text))
      this.complain(name, 'must have no user name, password, query or fragment');
    else return text.replace(/\/+$/, '');
    return null;
  }

  /** The name of a bucket, as Amazon S3 names them. */
  bucket(name: string): string | null {
    const text = this.text(name);
    if (text === null) return null;
    const isGood = /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(text) && !/\.\.|^\d+(?:\.\d+){3}$/.test(text);
    if (!isGood)
      this.complain(name, 'must be 3 to 63 lower-case letters, digits, hyphens and single dots, and no address');
    return text;
  }

  /** Origins as browsers send them, such as `https://chat.example.com`, and `capacitor://localhost` of an app. */
  origins(name: string): readonly string[] {
    return this.#checked(name, 'must list origins such as https://chat.example.com', (item) => {
      if (!URL.canParse(item)) return false;
      // Not `origin`: it is null where the scheme is none of the web's.
      const { protocol, host } = new URL(item);
      return host !== '' && `${protocol}//${host}` === item;
    });
  }

  /** `host` or `host:port`. */
  hosts(name: string): readonly string[] {
    return this.#checked(name, 'must list hosts such as api.internal or 10.0.0.5:8080', (item) => {
      return URL.canParse(`http://${item}`) && !/[/?#@\\]/.test(item);
    });
  }

  /** Addresses and ranges, such as `10.0.0.0/8`. */
  subnets(name: string): readonly string[] {
    return this.#checked(name, 'must list IP addresses or ranges such as 10.0.0.0/8', isSubnet);
  }

  /** From the variable, or from the file that `NAME_FILE` names, without the line break that may end it. */
  secret(name: string): Secret | null {
    const direct = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (file === null) return direct === null ? null : new Secret(direct);
    if (direct !== null) this.complain(name, `and ${name}_FILE are both set: choose one`);
    try {
      const text = readFileSync(file, 'utf8').trim();
      if (text !== '') return new Secret(text);
      this.complain(`${name}_FILE`, 'names an empty file');
    } catch {
      this.complain(`${name}_FILE`, `names a file that cannot be read: ${file}`);
    }
    return null;
  }

  /** The address of a service, which may hold a password. @param protocols Such as `['redis:', 'rediss:']`. */
  serviceUrl(name: string, protocols: readonly string[]): Secret | null {
    const secret = this.secret(name);
    if (secret === null || protocols.some((protocol) => secret.reveal().startsWith(`${protocol}//`))) return secret;
    this.complain(name, `must start with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
    return null;
  }

  /** The address of a Redis, which may hold a password and end with the number of a database. */
  redisUrl(name: string): Secret | null {
    const secret = this.serviceUrl(name, ['redis:', 'rediss:']);
    if (secret === null || isRedisUrl(secret.reveal())) return secret;
    this.complain(
      name,
      'must be like redis://:password@host:6379/0, with /, ?, # and % of the password as %2F, %3F, %23, %25',
    );
    return null;
  }

  /** Says that the settings `names` are needed because `because` is set. */
  require(names: readonly string[], because: string): void {
    for (const name of names) if (!this.#has(name)) this.complain(name, `is needed: ${because}`);
  }

  /** Says of those of `names` that are set that they count for nothing, since `missing` is not. */
  passOver(names: readonly string[], missing: string): void {
    for (const name of names) if (this.#has(name)) this.unused.push(`${name} counts for nothing without ${missing}.`);
  }

  /** Complains about a secret that could be guessed. */
  refuseGuessable(name: string, secret: Secret | null): void {
    if (secret === null) return;
    const text = secret.reveal();
    if (WELL_KNOWN.has(text.toLowerCase()) || WELL_KNOWN.has(passwordIn(text))) {
      this.complain(name, 'is a password that everybody knows');
    }
  }

  /** Complains about a master secret that is short, of few characters, or an example. */
  refuseWeak(name: string, secret: Secret | null): void {
    const text = secret?.reveal() ?? '';
    if (Buffer.byteLength(text) < 32)
      this.complain(name, 'must have at least 32 bytes; `openssl rand -base64 48` makes one');
    else if (new Set(text).size < 10 || /change.?me|example|your.?secret/i.test(text)) {
      this.complain(name, 'can be guessed; `openssl rand -base64 48` makes one that cannot');
    }
  }

  /** Also in a file. */
  #has(name: string): boolean {
    return this.text(name) !== null || this.text(`${name}_FILE`) !== null;
  }

  #number(name: string, min: number, max: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text);
    if (value >= min && value <= max) return value;
    this.complain(name, `must be a number from ${min} to ${max}, not ${text}`);
    return null;
  }

  #checked(name: string, demand: string, isGood: (item: string) => boolean): readonly string[] {
    const items = this.list(name);
    const bad = items.filter((item) => !isGood(item));
    if (bad.length > 0) this.complain(name, `${demand}, not ${bad.join(', ')}`);
    return items;
  }
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && /^\/?\d*$/.test(new URL(text).pathname);
}

/** Of an address such as `redis://user:password@host`. */
function passwordIn(url: string): string {
  return /^[a-z+]+:\/\/[^:@/]*:(?<password>[^@/]*)@/.exec(url)?.groups?.['password']?.toLowerCase() ?? '';
}
