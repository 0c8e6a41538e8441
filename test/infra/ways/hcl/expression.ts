import { type Token, tokensOf } from './tokens.ts';

/** Values by the first names of references, such as `var` and `local`. */
export type Names = (name: string) => unknown;

/** A parsed expression: gives its value. */
export type Evaluate = (names: Names) => unknown;

/** The parts of the language that a parser of expressions is given. */
export type Language = {
  readonly functions: Readonly<Record<string, (...values: readonly never[]) => unknown>>;
  readonly parseTemplate: (source: string) => Evaluate;
};

/** A value with attributes that are calculated as they are asked for, such as a resource. */
export class Attributes {
  readonly of: (name: string) => unknown;

  constructor(of: (name: string) => unknown) {
    this.of = of;
  }
}

const member = (value: unknown, name: unknown): unknown => {
  if (value instanceof Attributes) return value.of(String(name));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, String(name))) {
    throw new Error(`No ${String(name)} in ${JSON.stringify(value)?.slice(0, 200)}`);
  }
  return (value as Readonly<Record<string, unknown>>)[String(name)];
};

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const operators: readonly Readonly<Record<string, (one: unknown, other: unknown) => unknown>>[] = [
  { '||': (one, other) => one === true || other === true },
  { '&&': (one, other) => one === true && other === true },
  { '==': same, '!=': (one, other) => !same(one, other) },
  {
    '>=': (one, other) => Number(one) >= Number(other),
    '<=': (one, other) => Number(one) <= Number(other),
  },
];

const unquoted = (text: string): string =>
  text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);

/** Parses the expressions of HCL that the module uses; another one is an error. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #language: Language;
  #at = 0;

  constructor(source: string, language: Language) {
    this.#tokens = tokensOf(source);
    this.#language = language;
  }

  whole(): Evaluate {
    const value = this.#expression();
    if (this.#at < this.#tokens.length) throw new Error(`Nothing takes ${this.#peek()}`);
    return value;
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text ?? '';
  }

  #next(expected?: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined || (expected !== undefined && token.text !== expected)) {
      throw new Error(`${expected} is missing before ${token?.text ?? 'the end'}`);
    }
    this.#at += 1;
    return token;
  }

  #takes(text: string): boolean {
    if (this.#peek() !== text) return false;
    this.#at += 1;
    return true;
  }

  #expression(): Evaluate {
    const condition = this.#binary(0);
    if (!this.#takes('?')) return condition;
    const on = this.#expression();
    this.#next(':');
    const off = this.#expression();
    return (names) => (condition(names) === true ? on(names) : off(names));
  }

  #binary(level: number): Evaluate {
    const ofLevel = operators[level];
    if (ofLevel === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const apply = ofLevel[this.#peek()];
      if (apply === undefined) return left;
      this.#next();
      const [before, right] = [left, this.#binary(level + 1)];
      left = (names) => apply(before(names), right(names));
    }
  }

  #unary(): Evaluate {
    if (this.#takes('!')) {
      const value = this.#unary();
      return (names) => value(names) !== true;
    }
    let value = this.#primary();
    for (;;) {
      const inner = value;
      if (this.#takes('.')) {
        const { text } = this.#next();
        value = (names) => member(inner(names), text);
      } else if (this.#takes('[')) {
        const key = this.#expression();
        this.#next(']');
        value = (names) => member(inner(names), key(names));
      } else return value;
    }
  }

  #primary(): Evaluate {
    const { kind, text } = this.#next();
    if (kind === 'number') return () => Number(text);
    if (kind === 'text') return this.#language.parseTemplate(unquoted(text));
    if (text === '(') {
      const value = this.#expression();
      this.#next(')');
      return value;
    }
    if (text === '[') return this.#peek() === 'for' ? this.#forList() : this.#list();
    if (text === '{') return this.#peek() === 'for' ? this.#forObject() : this.#object();
    if (kind !== 'name') throw new Error(`No value begins with ${text}`);
    if (text === 'true' || text === 'false') return () => text === 'true';
    if (text === 'null') return () => null;
    return this.#takes('(') ? this.#call(text) : (names) => names(text);
  }

  #call(name: string): Evaluate {
    const apply = this.#language.functions[name] as ((...all: unknown[]) => unknown) | undefined;
    if (apply === undefined) throw new Error(`The function ${name} is not known here`);
    const values: Evaluate[] = [];
    let spreads = false;
    while (!this.#takes(')')) {
      values.push(this.#expression());
      spreads = this.#takes('...') || spreads;
      this.#takes(',');
    }
    return (names) => {
      const given = values.map((value) => value(names));
      return apply(...(spreads ? [...given.slice(0, -1), ...(given.at(-1) as unknown[])] : given));
    };
  }

  #list(): Evaluate {
    const items: Evaluate[] = [];
    while (!this.#takes(']')) {
      items.push(this.#expression());
      this.#takes(',');
    }
    return (names) => items.map((item) => item(names));
  }

  #object(): Evaluate {
    const entries: (readonly [Evaluate, Evaluate])[] = [];
    while (!this.#takes('}')) {
      const isName = this.#tokens[this.#at]?.kind === 'name' && ['=', ':'].includes(this.#peek(1));
      const { text } = isName ? this.#next() : { text: '' };
      const key: Evaluate = isName ? () => text : this.#expression();
      if (!this.#takes('=')) this.#next(':');
      entries.push([key, this.#expression()]);
      this.#takes(',');
    }
    return (names) =>
      Object.fromEntries(entries.map(([key, value]) => [String(key(names)), value(names)]));
  }

  /** The variables and the collection of `for`; gives the names inside for each item. */
  #for(): (names: Names) => readonly Names[] {
    this.#next('for');
    const { text: first } = this.#next();
    const second = this.#takes(',') ? this.#next().text : undefined;
    this.#next('in');
    const collection = this.#expression();
    this.#next(':');
    return (names) => {
      const found = collection(names);
      return Object.entries(found as object).map(
        ([key, value]): Names =>
          (name) => {
            if (name === (second ?? first)) return value;
            return name === first ? (Array.isArray(found) ? Number(key) : key) : names(name);
          },
      );
    };
  }

  #if(closing: string): Evaluate {
    const condition: Evaluate = this.#takes('if') ? this.#expression() : () => true;
    this.#next(closing);
    return condition;
  }

  #forList(): Evaluate {
    const inside = this.#for();
    const value = this.#expression();
    const condition = this.#if(']');
    return (names) =>
      inside(names)
        .filter((each) => condition(each) === true)
        .map(value);
  }

  #forObject(): Evaluate {
    const inside = this.#for();
    const key = this.#expression();
    this.#next('=>');
    const value = this.#expression();
    const condition = this.#if('}');
    return (names) =>
      Object.fromEntries(
        inside(names)
          .filter((each) => condition(each) === true)
          .map((each) => [String(key(each)), value(each)]),
      );
  }
}

/** Parses an expression of HCL. */
export const parseExpression = (source: string, language: Language): Evaluate =>
  new Parser(source, language).whole();
