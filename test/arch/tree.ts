import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A source file: its path from the root, with forward slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string };

/** An import, or a re-export, of a file. */
export type Import = {
  /** Path of the imported file from the root, or the name of the package. */
  readonly target: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
};

/**
 * Every TypeScript file of the tree, in the order of their paths; installed packages and copies of
 * the tree left out.
 */
export const readSources = (root: string): readonly SourceFile[] =>
  globSync('{src,infra,packages,bench,docs,test}/**/*.ts', {
    cwd: root,
    // The mutation tester is a package of its own, in a folder below.
    exclude: ['**/node_modules', '**/.stryker-tmp'],
  })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const comment = /\/\/.*|\/\*[\s\S]*?\*\//.source;
const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/.source;
const template = /`(?:\\[\s\S]|[^`\\])*`/.source;
const commentOrText = new RegExp(`${comment}|${quoted}|${template}`, 'g');

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

/** Blanks a template's text, not the code in it. */
const codeInTemplate = (found: string): string =>
  found
    .split(/(\$\{[^}]*\})/)
    .map((part, index) => (index % 2 === 0 ? blank(part) : part))
    .join('');

/** The code alone: comments and text are blanked, positions stay. */
export const codeOf = (text: string): string =>
  text.replaceAll(commentOrText, (found) =>
    found.startsWith('`') ? codeInTemplate(found) : blank(found),
  );

/**
 * The texts of comments, in their order. Comments of whole lines that follow each other are one.
 */
export const commentsOf = (text: string): readonly string[] => {
  const found: string[] = [];
  let end = -1;
  for (const { 0: one, index } of text.matchAll(commentOrText)) {
    if (!one.startsWith('/')) continue;
    const words = one.replaceAll(/^\s*(?:\/\*\*?|\/\/|\*(?!\/))|\*\/$/gm, ' ');
    const goesOn = end >= 0 && one.startsWith('//') && text.slice(end, index).trim() === '';
    if (goesOn) found.push(`${found.pop()} ${words}`);
    else found.push(words);
    end = one.startsWith('//') ? index + one.length : -1;
  }
  return found.map((words) => words.replaceAll(/\s+/g, ' ').trim());
};

/** Text that stands where an import names its file. */
const namesFile = /\b(?:from|import)\s*\(?\s*$/;

const importsAlone = (text: string): string =>
  text.replaceAll(commentOrText, (found, at: number) =>
    /^['"]/.test(found) && namesFile.test(text.slice(Math.max(0, at - 20), at))
      ? found
      : blank(found),
  );

const importStatement =
  /\b(?:import|export)\s+(type\s)?[^;'"()]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** The imports of a file: static, dynamic, for types, for an effect, and re-exports. */
export const importsOf = ({ path, text }: SourceFile): readonly Import[] =>
  [...importsAlone(text).matchAll(importStatement)].map(([, type, from, bare]) => {
    const specifier = from ?? bare ?? '';
    const relative = specifier.startsWith('.');
    return {
      target: relative ? posix.join(posix.dirname(path), specifier) : specifier,
      relative,
      typeOnly: type !== undefined,
    };
  });
