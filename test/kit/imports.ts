import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** One file looking at another, or at a package. */
export type Import = {
  /** Such as `src/domain/needs.ts`. */
  readonly file: string;
  /** Such as `src/base/clock.ts`, `zod`, `@apollo/server/errors` or `node:fs`. */
  readonly target: string;
  /** Gone after compilation. */
  readonly isTypeOnly: boolean;
};

/** All files of TypeScript in a folder, with those of its folders. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** Imports, exports from elsewhere, `import()` and files that a `new URL(…, import.meta.url)` names, such as workers. */
export function importsOf(folder: string): Import[] {
  return sourceFiles(folder).flatMap((file) => {
    const found: Import[] = [];
    const visit = (node: ts.Node): void => {
      const seen = importIn(node);
      if (seen) found.push({ file, target: resolveFrom(file, seen.from), isTypeOnly: seen.isTypeOnly });
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023));
    return found;
  });
}

function importIn(node: ts.Node): { from: string; isTypeOnly: boolean } | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return {
      from: node.moduleSpecifier.text,
      isTypeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { from: node.moduleSpecifier.text, isTypeOnly: node.isTypeOnly };
  }
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isUrl = ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL';
  if (!isDynamic && !isUrl) return null;
  const [first] = node.arguments ?? [];
  if (!first || !ts.isStringLiteral(first) || (isUrl && !/^\..*\.js$/.test(first.text))) return null;
  return { from: first.text, isTypeOnly: false };
}

function resolveFrom(file: string, from: string): string {
  return from.startsWith('.') ? join(dirname(file), from).replace(/\.js$/, '.ts') : from;
}
