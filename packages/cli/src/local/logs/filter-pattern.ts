/**
 * A term of a pattern: `word`, `"a text"`, `?"one of these"` or `-"without"`. An expression that
 * asked for the second quote would read a long text without it again and again.
 */
const termPattern = /([?-]?)(?:"((?:[^"\\]|\\.)*)("?)|([^\s"{}[\]%]+))(\s*)/y;

type Term = { readonly sign: string; readonly text: string };

const termsOf = (pattern: string): readonly Term[] | undefined => {
  const terms: Term[] = [];
  const trimmed = pattern.trim();
  termPattern.lastIndex = 0;
  while (termPattern.lastIndex < trimmed.length) {
    const [found, sign = '', quoted, quote, word = '', space] = termPattern.exec(trimmed) ?? [];
    const isOpen = quoted !== undefined && quote === '';
    const endsInText = space === '' && termPattern.lastIndex < trimmed.length;
    if (found === undefined || isOpen || endsInText) return undefined;
    terms.push({ sign, text: quoted?.replaceAll(/\\(.)/g, '$1') ?? word });
  }
  return terms;
};

/**
 * Reads a filter pattern for unstructured lines: all words and texts, one of those with `?`, none
 * of those with `-`. `undefined` for a pattern of another kind, such as one of JSON, which is not
 * read here.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export const readFilterPattern = (pattern: string): ((line: string) => boolean) | undefined => {
  const terms = termsOf(pattern);
  if (!terms) return undefined;
  const texts = (sign: string) => terms.filter((one) => one.sign === sign).map(({ text }) => text);
  const [all, some, none] = [texts(''), texts('?'), texts('-')];
  return (line) =>
    all.every((text) => line.includes(text)) &&
    // Beside a required term CloudWatch ignores those with a question mark.
    (some.length === 0 || all.length > 0 || some.some((text) => line.includes(text))) &&
    !none.some((text) => line.includes(text));
};
