import { InvalidInput } from '../../../../domain/kernel/index.ts';
import { type PlacedToken, placedTokens } from '../../sql/placed-tokens.ts';
import { isSignificant, type Token } from '../../sql/sql-lexer.ts';
import { lineEndsIn } from '../../sql/sql-statements.ts';
import {
  breakpoint,
  foreignDirective,
  isDownHeading,
  type MigrationMarker,
  markerOf,
} from './migration-markers.ts';
import { refuseUndoing } from './migration-undoing.ts';

const isRemark = ({ token }: PlacedToken): boolean =>
  token.kind === 'comment' && token.text.startsWith('--');

/** Lines inside of a constant, a name or a comment that another tool would read as a marker. */
const hiddenMarker = ({ token, line }: PlacedToken): { readonly line: number } | undefined => {
  if (token.kind === 'space' || !/[\n\r]/.test(token.text)) return undefined;
  const lines = token.text.split(/\r\n|\n|\r/);
  const at = lines.findIndex((text, index) => index > 0 && markerOf(text.trimStart()));
  return at < 0 ? undefined : { line: line + at };
};

/** Reads the tokens of a text in their order, and tells which of them are run. */
class HalfReader {
  readonly #source: string;
  readonly #kept: string[] = [];
  #tool: string | undefined;
  #half: 'none' | 'up' | 'down' = 'none';
  /** Whether a token was read that is run. */
  #hasStatement = false;
  /** The line of a heading that no statement has followed yet. */
  #heading: number | undefined;
  /** The number of open parentheses: a list of columns has no halves. */
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get text(): string {
    return this.#kept.join('');
  }

  read(one: PlacedToken): void {
    const { token, line } = one;
    if (this.#half === 'down' && !isRemark(one)) {
      this.#skip(token);
      return;
    }
    const hidden = hiddenMarker(one);
    if (hidden) {
      const where = token.kind === 'comment' ? 'a comment' : 'quotes';
      throw this.#refusal(
        hidden.line,
        `another tool ends the up half here, but the line is inside of ${where}: divide the file at this line`,
      );
    }
    if (token.kind === 'comment') {
      this.#readComment(one);
      return;
    }
    this.#countDepth(token);
    if (isSignificant(token) && token.text !== ';') this.#readStatement(token, line);
    this.#kept.push(token.text);
  }

  #refusal(line: number, reason: string): InvalidInput {
    return new InvalidInput(`${this.#source}:${line}: ${reason}`);
  }

  /** Keeps the line ends of omitted text, so that errors name the lines of the file. */
  #skip({ text }: Token): void {
    this.#kept.push('\n'.repeat(lineEndsIn(text)));
  }

  #countDepth({ kind, text }: Token): void {
    if (kind !== 'symbol') return;
    if (text === ';') this.#depth = 0;
    else if (text === '(') this.#depth += 1;
    else if (text === ')') this.#depth -= 1;
  }

  #readStatement({ kind, text }: Token, line: number): void {
    if (this.#heading !== undefined) {
      throw this.#refusal(
        this.#heading,
        'this comment looks like the heading of a down half, and up would run what follows: remove both, or reword the comment',
      );
    }
    // A single dollar is no token of PostgreSQL.
    if (text === '$' || (kind === 'name' && text.includes('${'))) {
      throw this.#refusal(
        line,
        `a placeholder such as \${name} belongs to another tool: write :'name' or :"name", and give --set name=VALUE`,
      );
    }
    this.#hasStatement = true;
  }

  #readComment(one: PlacedToken): void {
    const { token, line, before } = one;
    const marker = isRemark(one) ? markerOf(token.text) : undefined;
    if (marker) {
      this.#readMarker(marker, one);
    } else if (this.#half === 'down') {
      this.#skip(token);
    } else {
      const reason = foreignDirective(token.text);
      if (reason !== undefined) throw this.#refusal(line, reason);
      const mayHead = before !== 'code' && this.#depth <= 0;
      if (mayHead && isDownHeading(token.text, !this.#hasStatement)) this.#heading = line;
      this.#kept.push(token.text);
    }
  }

  #readMarker(
    { tool, kind, indented }: MigrationMarker,
    { token, line, before }: PlacedToken,
  ): void {
    if (this.#tool !== undefined && this.#tool !== tool) {
      throw this.#refusal(
        line,
        `this is a marker of ${tool} in a file of ${this.#tool}: write the file in one format`,
      );
    }
    this.#tool = tool;
    const isBreakpoint = tool === 'Drizzle';
    if (!isBreakpoint && before !== 'nothing' && !(indented && before === 'space')) {
      throw this.#refusal(
        line,
        `${tool} does not read this marker, since it is not at the start of its line: move it there, or remove it`,
      );
    }
    if (isBreakpoint && token.text.trimEnd() !== breakpoint) {
      throw this.#refusal(line, 'there is something behind this breakpoint: begin a line with it');
    }
    if (kind === 'unknown') {
      throw this.#refusal(
        line,
        `${tool} would act on ${token.text.trim()}, and up does not: write plain SQL, and values as :'name'`,
      );
    }
    this.#turn(kind, tool, line);
    // The same number of lines, and the end of a statement where the marker is one.
    if (kind === 'end' && this.#half !== 'down') this.#kept.push(';');
  }

  #turn(kind: 'up' | 'down' | 'end' | 'neutral', tool: string, line: number): void {
    if (kind === 'up') {
      if (this.#half !== 'none') {
        throw this.#refusal(line, `this is the second up half of ${tool}: make a file of each`);
      }
      if (this.#hasStatement) {
        throw this.#refusal(
          line,
          `there is a statement before the up half of ${tool}: move it behind this line`,
        );
      }
      this.#half = 'up';
    }
    if (kind === 'down') {
      if (this.#half !== 'up') {
        throw this.#refusal(
          line,
          `this down half of ${tool} has no up half before it: mark that, or remove the down half`,
        );
      }
      this.#half = 'down';
    }
  }
}

/**
 * Reads a file as the tool does whose markers it has, and keeps the up half: of dbmate, goose,
 * sql-migrate, node-pg-migrate and Drizzle. A text without markers stays as it is.
 *
 * @param source names the text in errors, such as its file
 * @returns the text with the same number of lines
 * @throws {InvalidInput} `<source>:<line>: …` where the other tool would run another text
 */
export const upHalfOf = (text: string, source: string): string => {
  const reader = new HalfReader(source);
  for (const one of placedTokens(text)) reader.read(one);
  const up = reader.text;
  refuseUndoing(up, source);
  return up;
};
