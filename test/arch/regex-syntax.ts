/** A regular expression as far as its running time depends on it. */
export type Pattern =
  /** One character: the text of its class, or of the character itself. */
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly items: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly body: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: 'start' }
  /** An end, a word's boundary: it may fail, and takes no character. */
  | { readonly kind: 'condition' }
  | { readonly kind: 'look'; readonly body: Pattern };

/** The pattern of a lookbehind, which is read from its end. */
const reversed = (pattern: Pattern): Pattern => {
  switch (pattern.kind) {
    case 'sequence':
      return { kind: 'sequence', items: pattern.items.map(reversed).toReversed() };
    case 'choice':
      return { kind: 'choice', items: pattern.items.map(reversed) };
    case 'repeat':
      return { ...pattern, body: reversed(pattern.body) };
    default:
      return pattern;
  }
};

class Reader {
  readonly #source: string;
  readonly #groups: Pattern[] = [];
  readonly #names = new Map<string, number>();
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#source.length) throw new Error(`not understood at ${this.#at}`);
    return pattern;
  }

  #take(text: string): boolean {
    const found = this.#source.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }

  #until(end: string): string {
    const to = this.#source.indexOf(end, this.#at);
    const text = this.#source.slice(this.#at, to);
    this.#at = to + end.length;
    return text;
  }

  #choice(): Pattern {
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    return { kind: 'choice', items };
  }

  #sequence(): Pattern {
    const items: Pattern[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source.charAt(this.#at))) {
      items.push(this.#repeated(this.#one()));
    }
    return { kind: 'sequence', items };
  }

  #repeated(body: Pattern): Pattern {
    const [min, max] = this.#bounds() ?? [1, 1];
    if (min === 1 && max === 1) return body;
    this.#take('?');
    return { kind: 'repeat', body, min, max };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return undefined;
    const [low = '', high = low] = this.#until('}').split(',');
    return [Number(low), high === '' ? Number.POSITIVE_INFINITY : Number(high)];
  }

  #one(): Pattern {
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$') || this.#take('\\b') || this.#take('\\B')) return { kind: 'condition' };
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'atom', text: `[${this.#class()}]` };
    if (this.#take('\\')) return this.#escape();
    const text = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    this.#at += text.length;
    return { kind: 'atom', text };
  }

  #class(): string {
    const start = this.#at;
    while (this.#source.charAt(this.#at) !== ']') {
      this.#at += this.#source.charAt(this.#at) === '\\' ? 2 : 1;
    }
    this.#at += 1;
    return this.#source.slice(start, this.#at - 1);
  }

  #group(): Pattern {
    const isAhead = this.#take('?=') || this.#take('?!');
    const isBehind = !isAhead && (this.#take('?<=') || this.#take('?<!'));
    const looks = isAhead || isBehind;
    const captures = !looks && !this.#take('?:');
    if (captures && this.#take('?<')) this.#names.set(this.#until('>'), this.#groups.length);
    const index = this.#groups.length;
    if (captures) this.#groups.push({ kind: 'condition' });
    const body = this.#choice();
    this.#at += 1;
    if (captures) this.#groups[index] = body;
    return looks ? { kind: 'look', body: isBehind ? reversed(body) : body } : body;
  }

  /** A reference to a group may be all that the group may be. */
  #escape(): Pattern {
    const [digits = ''] = /^[1-9]\d*/.exec(this.#source.slice(this.#at, this.#at + 2)) ?? [];
    if (digits !== '') {
      this.#at += digits.length;
      return this.#groups[Number(digits) - 1] ?? { kind: 'condition' };
    }
    if (this.#take('k<')) {
      return this.#groups[this.#names.get(this.#until('>')) ?? -1] ?? { kind: 'condition' };
    }
    const start = this.#at;
    const [letter = ''] = this.#source.slice(this.#at, this.#at + 1);
    this.#at += 1;
    if (/[pPu]/.test(letter) && this.#source.charAt(this.#at) === '{') this.#until('}');
    else if (letter === 'u') this.#at += 4;
    else if (letter === 'x') this.#at += 2;
    else if (letter === 'c') this.#at += 1;
    return { kind: 'atom', text: `\\${this.#source.slice(start, this.#at)}` };
  }
}

/** Reads the source of a regular expression that JavaScript accepts. */
export const readPattern = (source: string): Pattern => new Reader(source).read();
