import { InvalidInput, isExactNumber } from '../../../domain/kernel/index.ts';

/**
 * Levels of arrays and objects in a request: `JSON.parse` with a reviver needs stack for each of
 * them.
 */
export const nestingMax = 1_000;

/** A number that JavaScript cannot hold exactly. */
export type InexactNumber = {
  /** Its key or index; empty at the top level. */
  readonly field: string;
  /** Whether it becomes infinite or zero, rather than rounded. */
  readonly outOfRange: boolean;
};

/** Facts about a text that `JSON.parse` does not tell. */
export type JsonScan = {
  /** Levels of arrays and objects. */
  readonly depth: number;
  /** The first number that JavaScript cannot hold exactly. */
  readonly inexact?: InexactNumber;
};

/** An array or object that the scan is inside of. */
type Container = {
  readonly isArray: boolean;
  index: number;
  /** The last text, with its quotes. */
  key: string;
};

/** The offset behind a text that begins with a quote. */
const endOfText = (json: string, start: number): number => {
  for (let offset = start + 1; offset < json.length; offset += 1) {
    const letter = json[offset];
    if (letter === '\\') offset += 1;
    else if (letter === '"') return offset + 1;
  }
  return json.length;
};

const isNumberStart = (letter: string): boolean =>
  letter === '-' || (letter >= '0' && letter <= '9');

/** The offset behind a number, with every letter that a number can have. */
const endOfNumber = (json: string, start: number): number => {
  let offset = start + 1;
  while (offset < json.length && '0123456789+-.eE'.includes(json[offset] as string)) offset += 1;
  return offset;
};

const keyOf = (container: Container | undefined): string => {
  if (!container) return '';
  if (container.isArray) return String(container.index);
  try {
    return String(JSON.parse(container.key));
  } catch {
    return '';
  }
};

const isOutOfRange = (text: string): boolean => {
  const value = Number(text);
  return value === 0 || !Number.isFinite(value);
};

/**
 * Reads a JSON text once, without recursion, for what the parser loses: how deep it is and how its
 * numbers were written. It judges each number by its text, so also one whose key another one
 * repeats later.
 *
 * The text need not be JSON: that is for the parser to say.
 */
export const scanJson = (json: string): JsonScan => {
  const containers: Container[] = [];
  let depth = 0;
  let inexact: InexactNumber | undefined;
  let offset = 0;
  while (offset < json.length) {
    const letter = json[offset] as string;
    const container = containers.at(-1);
    let end = offset + 1;
    if (letter === '"') {
      end = endOfText(json, offset);
      // The text before a number in an object is that number's key.
      if (container) container.key = json.slice(offset, end);
    } else if (letter === '{' || letter === '[') {
      containers.push({ isArray: letter === '[', index: 0, key: '' });
      depth = Math.max(depth, containers.length);
    } else if (letter === '}' || letter === ']') {
      containers.pop();
    } else if (letter === ',' && container) {
      container.index += 1;
    } else if (isNumberStart(letter)) {
      end = endOfNumber(json, offset);
      const text = json.slice(offset, end);
      if (!isExactNumber(text)) {
        inexact ??= { field: keyOf(container), outOfRange: isOutOfRange(text) };
      }
    }
    offset = end;
  }
  return inexact ? { depth, inexact } : { depth };
};

/** @throws {InvalidInput} for a text that is nested too deeply to be parsed */
export const requireShallow = ({ depth }: JsonScan): void => {
  if (depth > nestingMax) {
    throw new InvalidInput(`JSON may be nested ${nestingMax} levels deep at most`);
  }
};

/** @throws {InvalidInput} for a number that JavaScript cannot hold exactly */
export const requireExactNumbers = ({ inexact }: JsonScan): void => {
  if (!inexact) return;
  const { field, outOfRange } = inexact;
  const why = outOfRange ? 'is out of range' : 'has too many digits';
  const issues = [{ field, message: `must be a text: the number ${why}` }];
  throw new InvalidInput('The request is not valid', { issues });
};

/**
 * Parses JSON whose numbers are read exactly or refused: `JSON.parse` alone rounds
 * `9007199254740993` and makes `1e400` infinite.
 *
 * @throws {InvalidInput} for a text that is no JSON, is nested more than `nestingMax` levels deep,
 * or holds a number that JavaScript cannot hold exactly
 * @example
 * const refund = parseExactJson(event.body);
 */
export const parseExactJson = (json: string): unknown => {
  const scan = scanJson(json);
  requireShallow(scan);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new InvalidInput('The text is not JSON', { cause });
  }
  requireExactNumbers(scan);
  return value;
};
