import { Pattern } from './pattern.js';

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: String.raw`\s`,
  punct: String.raw`!-\/:-@\[-\`{-~`,
  xdigit: '0-9A-Fa-f',
  word: String.raw`\w`,
  blank: String.raw` \t`,
};

/** The JavaScript form of a PCRE pattern with MongoDB's options `i m s x u`, or what is wrong with it. */
export function translateRegex(pattern: string, options: string): Pattern | string {
  const invalid = /[^imsxu]/.exec(options);
  if (invalid !== null) return `invalid flag in regex options: ${options}`;
  let source = pattern;
  let flags = options;
  const inline = /^\(\?([imsx]+)\)/.exec(source);
  if (inline?.[1] !== undefined) {
    flags += inline[1];
    source = source.slice(inline[0].length);
  }
  if (flags.includes('x')) source = withoutLayout(source);
  source = translateSyntax(source);
  const kept = [...new Set(flags.replace(/[xu]/g, ''))].join('');
  return construct(source, kept);
}

/** By code points where the pattern can be read so: `.` is then one character also where it takes two units. */
function construct(source: string, flags: string): Pattern | string {
  try {
    return new Pattern(source, `${flags}u`);
  } catch {
    // Unicode mode refuses escapes that PCRE takes, such as \- or \_.
  }
  try {
    return new Pattern(source, flags);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Option x: white space and comments do not count, but for escaped ones and inside a class. */
const withoutLayout = (source: string): string =>
  source.replace(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\s+|#.*/g, (part) =>
    part.startsWith('\\') || part.startsWith('[') ? part : '',
  );

const translateSyntax = (source: string): string =>
  source.replace(
    /\\[\s\S]|\(\?P?<(?=[A-Za-z_])|\(\?P=([A-Za-z_]\w*)\)|\[:(\w+):\]/g,
    (part, name: string, posix: string) => {
      if (part === String.raw`\A`) return '(?<![\\s\\S])';
      if (part === String.raw`\z`) return '(?![\\s\\S])';
      if (part === String.raw`\Z`) return '(?=\\n?(?![\\s\\S]))';
      if (part.startsWith('\\')) return part;
      if (posix !== undefined) return POSIX_CLASSES[posix] ?? part;
      return name === undefined ? '(?<' : `\\k<${name}>`;
    },
  );
