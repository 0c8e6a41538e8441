/** A regular expression in a source text. */
export type RegexLiteral = {
  readonly source: string;
  readonly flags: string;
  /** From 1. */
  readonly line: number;
};

/** Words behind which an expression begins, where a slash divides nothing. */
const before: ReadonlySet<string> = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
);

const isWord = (character: string): boolean => /[\w$]/.test(character);

/**
 * Reads TypeScript only as far as it takes to tell an expression between slashes from a division.
 */
class Scanner {
  readonly found: RegexLiteral[] = [];
  /** Lines of `new RegExp(…)` and `RegExp(…)`, whose expression is made as the program runs. */
  readonly made: number[] = [];
  readonly #text: string;
  /** The braces that are open; `true` for one in a template. */
  readonly #braces: boolean[] = [];
  #at = 0;
  #line = 1;
  /** The token before: a word, a number, or one character. */
  #previous = '';

  constructor(text: string) {
    this.#text = text;
  }

  scan(): this {
    while (this.#at < this.#text.length) this.#token();
    return this;
  }

  #advance(to: number): string {
    const passed = this.#text.slice(this.#at, to);
    for (const character of passed) if (character === '\n') this.#line += 1;
    this.#at = to;
    return passed;
  }

  #indexOf(mark: string, from: number): number {
    const at = this.#text.indexOf(mark, from);
    return at < 0 ? this.#text.length : at;
  }

  #token(): void {
    const character = this.#text.charAt(this.#at);
    const two = this.#text.slice(this.#at, this.#at + 2);
    if (character.trim() === '') this.#advance(this.#at + 1);
    else if (two === '//') this.#advance(this.#indexOf('\n', this.#at));
    else if (two === '/*') this.#advance(this.#indexOf('*/', this.#at) + 2);
    else if (two === '#!' && this.#at === 0) this.#advance(this.#indexOf('\n', this.#at));
    else if (character === "'" || character === '"') this.#quoted(character);
    else if (character === '`') this.#template();
    else if (character === '/' && this.#mayBegin()) this.#regex();
    else if (isWord(character)) this.#word();
    else this.#symbol(character);
  }

  #mayBegin(): boolean {
    if (this.#previous === '') return true;
    return isWord(this.#previous.charAt(0))
      ? before.has(this.#previous)
      : !')]}`"\''.includes(this.#previous);
  }

  #quoted(quote: string): void {
    let to = this.#at + 1;
    while (this.#text.charAt(to) !== quote && to < this.#text.length) {
      to += this.#text.charAt(to) === '\\' ? 2 : 1;
    }
    this.#advance(to + 1);
    this.#previous = quote;
  }

  /** From the backtick, or from the brace that ends a value in it. */
  #template(): void {
    let to = this.#at + 1;
    while (to < this.#text.length && this.#text.charAt(to) !== '`') {
      if (this.#text.startsWith('${', to)) {
        this.#braces.push(true);
        this.#advance(to + 2);
        this.#previous = '{';
        return;
      }
      to += this.#text.charAt(to) === '\\' ? 2 : 1;
    }
    this.#advance(to + 1);
    this.#previous = '`';
  }

  #regex(): void {
    let to = this.#at + 1;
    let inClass = false;
    for (; to < this.#text.length && (inClass || this.#text.charAt(to) !== '/'); to += 1) {
      const character = this.#text.charAt(to);
      if (character === '\\') to += 1;
      else if (character === '[') inClass = true;
      else if (character === ']') inClass = false;
    }
    const source = this.#text.slice(this.#at + 1, to);
    let end = to + 1;
    while (isWord(this.#text.charAt(end))) end += 1;
    this.found.push({ source, flags: this.#text.slice(to + 1, end), line: this.#line });
    this.#advance(end);
    this.#previous = ')';
  }

  #word(): void {
    let to = this.#at;
    while (isWord(this.#text.charAt(to))) to += 1;
    const word = this.#advance(to);
    if (word === 'RegExp' && this.#text.charAt(to) === '(') this.made.push(this.#line);
    this.#previous = this.#previous === '.' ? 'property' : word;
  }

  #symbol(character: string): void {
    if (character === '{') this.#braces.push(false);
    if (character === '}' && this.#braces.pop() === true) {
      this.#template();
      return;
    }
    this.#advance(this.#at + 1);
    this.#previous = character;
  }
}

/**
 * The regular expressions of a TypeScript text, and the lines on which it makes others as it runs.
 */
export const regexesIn = (
  text: string,
): { readonly literals: readonly RegexLiteral[]; readonly made: readonly number[] } => {
  const { found, made } = new Scanner(text).scan();
  return { literals: found, made };
};
