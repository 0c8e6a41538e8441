/** One file of a published package, and the code that stands in its place. */
export type Replacement = {
  readonly package: string;
  /** Path in the package. */
  readonly file: string;
  /** SHA-256 of the file as it was when the replacement was written, hexadecimal. */
  readonly sha256: string;
  readonly replace: (source: string) => string;
};

/**
 * A function, in CommonJS and ESM alike, that throws. Its message is in every bundle, so it is
 * short.
 */
export const refuse = (part: string, name = 'refuse'): string =>
  `const ${name}=()=>{throw new Error('bundle omits ${part}: change omit')};`;

/**
 * The methods of a class as TypeScript and `pg` print it, each from its name to the brace in its
 * own column.
 */
export const methods = (names: string): RegExp =>
  new RegExp(String.raw`^( +)((?:async )?)(${names})\(.*\) \{\n[\s\S]*?^\1\}\n`, 'gm');

/** A part's `refuse` under a name of its own, since a file may be replaced for several parts. */
const refusalOf = (part: string): string => `refuse_${part.replaceAll(/\W/g, '_')}`;

/** A file whose methods of these names refuse. */
export const withoutMethods =
  (part: string, names: string): Replacement['replace'] =>
  (source) =>
    `${refuse(part, refusalOf(part))}${source.replaceAll(
      methods(names),
      `$1$3(){${refusalOf(part)}()}\n`,
    )}`;

/** A file with other code than its own. */
export const instead =
  (part: string, code: string): Replacement['replace'] =>
  () =>
    `${refuse(part)}${code}`;

/** A file that exports classes which cannot be made. */
export const noClass = (part: string, ...names: readonly string[]): Replacement['replace'] =>
  instead(part, names.map((name) => `export class ${name}{constructor(){refuse()}}`).join(''));

/** A text without its part from `start` to `end`, both included; `instead` stands in its place. */
export const replacePart = (
  text: string,
  { start, end, instead = '' }: { start: string; end: string; instead?: string },
): string => {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) return text;
  return `${text.slice(0, from)}${instead}${text.slice(to + end.length)}`;
};
