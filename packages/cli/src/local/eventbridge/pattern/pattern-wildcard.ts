/** The unescaped `*`. */
export const anyRun = Symbol('any run of characters');

/** A literal character, or any run of them. */
export type WildcardToken = string | typeof anyRun;

export type Wildcard = { readonly text: string; readonly tokens: readonly WildcardToken[] };

/**
 * Reads `*`, `\*` and `\\`.
 *
 * @throws {RangeError} with AWS's reason, its position counted in UTF-8 bytes from the opening
 * quote.
 */
export const parseWildcard = (text: string): Wildcard => {
  const tokens: WildcardToken[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    const following = text[index + 1];
    const position = 1 + Buffer.byteLength(text.slice(0, index));
    if (character === '*' && following === '*') {
      throw new RangeError(`Consecutive wildcard characters at pos ${position}`);
    }
    if (character === '\\' && following !== '*' && following !== '\\') {
      throw new RangeError(`Invalid escape character at pos ${position}`);
    }
    if (character === '\\') index += 1;
    tokens.push(character === '*' ? anyRun : text.charAt(index));
  }
  return { text, tokens };
};

/**
 * Whether the whole value matches; linear in practice, since only the last run is ever extended.
 */
export const matchesWildcard = ({ tokens }: Wildcard, value: string): boolean => {
  let token = 0;
  let at = 0;
  let resumeToken = -1;
  let resumeAt = 0;
  while (at < value.length) {
    if (tokens[token] === anyRun) {
      token += 1;
      resumeToken = token;
      resumeAt = at;
    } else if (tokens[token] === value[at]) {
      token += 1;
      at += 1;
    } else if (resumeToken >= 0) {
      resumeAt += 1;
      token = resumeToken;
      at = resumeAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === anyRun) token += 1;
  return token === tokens.length;
};
