import {
  check,
  type InferOutput,
  integer,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  optional,
  pipe,
  regex,
  safeParse,
  strictObject,
  string,
  transform,
  union,
} from 'valibot';
import { asciiUpperCase } from '../../domain/kernel/ascii-case.ts';
import {
  exactDigitsMax,
  InvalidInput,
  type Issue,
  isSurelyExact,
} from '../../domain/kernel/index.ts';
import {
  defaultCurrency,
  isCurrency,
  type LedgerCommand,
  type Money,
  parseAmount,
} from '../../domain/ledger/index.ts';
import { type ListPosition, parseCursor } from './cursor.ts';

/** Characters of an id: enough for a UUID with a prefix, short enough for a key of DSQL (1 KiB). */
const idLengthMax = 128;
const descriptionLengthMax = 500;
const pageSizeMax = 100;
const pageSizeDefault = 20;

/** A cursor is about 60 characters for the usual ids. */
const cursorLengthMax = 512;

const id = pipe(
  string('must be a text'),
  minLength(1, 'must not be empty'),
  maxLength(idLengthMax, `must have at most ${idLengthMax} characters`),
  regex(/^[\w.:@/+=-]*$/, 'may have letters, digits and _ . : @ / + = - only'),
);
const description = pipe(
  string('must be a text'),
  maxLength(descriptionLengthMax, `must have at most ${descriptionLengthMax} characters`),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the database refuses NUL
  regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'must not have control characters'),
  check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
);
const currency = pipe(
  string('must be a text'),
  transform(asciiUpperCase),
  check(isCurrency, 'must be an ISO 4217 code such as "USD"'),
);
const amount = union([string(), number()], 'must be a decimal number such as "100.50"');
const limit = pipe(
  number('must be a whole number'),
  integer('must be a whole number'),
  minValue(1, 'must be at least 1'),
  maxValue(pageSizeMax, `must be at most ${pageSizeMax}`),
);
const cursor = pipe(string('must be a text'), maxLength(cursorLengthMax, 'is not a cursor'));
const operation = optional(string());

const shapes = {
  write: strictObject({
    operation,
    amount,
    transaction_id: optional(id),
    account_id: optional(id),
    description: optional(description),
    currency: optional(currency, defaultCurrency),
  }),
  transfer: strictObject({
    operation,
    amount,
    transaction_id: id,
    from_account: id,
    to_account: id,
    description: optional(description),
    currency: optional(currency, defaultCurrency),
  }),
  read: strictObject({ operation, transaction_id: optional(id) }),
  list: strictObject({
    operation,
    limit: optional(limit, pageSizeDefault),
    cursor: optional(cursor),
  }),
  balance: strictObject({ operation, account_id: id }),
};

type Operation = keyof typeof shapes;

type Payload = Readonly<Record<string, unknown>>;

/** The operation that asks for each command. */
const operationOfCommand = {
  RecordTransaction: 'write',
  Transfer: 'transfer',
} as const satisfies Readonly<Record<LedgerCommand['type'], Operation>>;

type CommandOperation = (typeof operationOfCommand)[LedgerCommand['type']];

/** The names of each operation, its own first. */
const namesOfOperation: Readonly<Record<Operation, readonly string[]>> = {
  write: ['write', 'create'],
  transfer: ['transfer'],
  read: ['read', 'count'],
  list: ['list', 'recent'],
  balance: ['balance'],
};

const operations: ReadonlyMap<unknown, Operation> = new Map(
  (Object.keys(namesOfOperation) as Operation[]).flatMap((operation) =>
    namesOfOperation[operation].map((name) => [name, operation] as const),
  ),
);

/** The operations that a caller may name, aliases included. */
export const supportedOperations: readonly string[] = Object.values(namesOfOperation).flat();

/** A request that has passed every check. */
export type LedgerRequest =
  | {
      readonly [Name in CommandOperation]: { readonly operation: Name } & Omit<
        InferOutput<(typeof shapes)[Name]>,
        'amount' | 'operation'
      > & { readonly amount: Money };
    }[CommandOperation]
  | { readonly operation: 'read'; readonly transaction_id?: string | undefined }
  | { readonly operation: 'list'; readonly limit: number; readonly after?: ListPosition }
  | { readonly operation: 'balance'; readonly account_id: string };

const refused = (issues: readonly Issue[]): InvalidInput =>
  new InvalidInput('The request is not valid', { issues });

type Checked<Output> = { readonly output?: Output; readonly issues: readonly Issue[] };

const checkShape = <Name extends Operation>(
  name: Name,
  payload: object,
): Checked<InferOutput<(typeof shapes)[Name]>> => {
  const result = safeParse(shapes[name], payload);
  if (result.success) {
    return { output: result.output as InferOutput<(typeof shapes)[Name]>, issues: [] };
  }
  const issues = result.issues.map((issue) => {
    const field = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
    if (issue.type !== 'strict_object') return { field, message: issue.message };
    const message = issue.expected === 'never' ? `is not a field of ${name}` : 'is required';
    return { field, message };
  });
  return { issues };
};

const outputOf = <Output>({ output, issues }: Checked<Output>): Output => {
  if (output === undefined) throw refused(issues);
  return output;
};

const checkAmount = (value: unknown, code: unknown): Checked<Money> => {
  const readable = typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value));
  if (!readable) return { issues: [] }; // Its shape says so already.
  const text = String(value);
  // A direct invocation was parsed by Lambda's runtime, so the text of its number is lost.
  const isShort = typeof value === 'number' && Math.abs(value) < 10 ** exactDigitsMax;
  if (isShort && !isSurelyExact(value)) {
    const message = `must be a text: a number of more than ${exactDigitsMax} digits is not exact`;
    return { issues: [{ field: 'amount', message }] };
  }
  const upper = typeof code === 'string' ? asciiUpperCase(code) : defaultCurrency;
  const result = parseAmount(text, isCurrency(upper) ? upper : defaultCurrency);
  return result.ok
    ? { output: result.money, issues: [] }
    : { issues: [{ field: 'amount', message: result.message }] };
};

const keyField = 'Idempotency-Key';

/**
 * The payload with the key of its HTTP request as the id of its transaction; both may be sent where
 * they are the same.
 */
const withKey = (payload: Payload, key: string | undefined): Payload => {
  if (key === undefined) return payload;
  const { transaction_id: own = key } = payload;
  const { issues = [] } = safeParse(id, key);
  const messages = issues.map(({ message }) => message);
  if (own !== key) messages.push('must be the same as transaction_id where both are sent');
  if (messages.length > 0) {
    throw refused(messages.map((message) => ({ field: keyField, message })));
  }
  return { ...payload, transaction_id: key };
};

/** Both checks run if the key fits, so that a caller learns of all wrong fields at once. */
const checkWithAmount = <Name extends CommandOperation>(
  name: Name,
  unkeyed: Payload,
  key: string | undefined,
) => {
  const payload = withKey(unkeyed, key);
  const shape = checkShape(name, payload);
  const money = checkAmount(payload['amount'], payload['currency']);
  const issues = [...shape.issues, ...money.issues];
  if (!shape.output || !money.output) throw refused(issues);
  return { ...shape.output, operation: name, amount: money.output };
};

const operationOf = (payload: Payload): Operation => {
  const { operation: asked = 'read' } = payload;
  const name = operations.get(asked);
  if (name) return name;
  const message = `must be one of ${supportedOperations.join(', ')}`;
  throw refused([{ field: 'operation', message }]);
};

/**
 * Reads a payload, from a direct invocation or an HTTP body.
 *
 * @param key the idempotency key of the HTTP request: the id of the transaction of a command, and
 * nothing to a question
 * @throws {InvalidInput} with one issue per wrong field
 */
export const parseLedgerRequest = (payload: unknown, key?: string): LedgerRequest => {
  if (!isObject(payload)) throw new InvalidInput('The request must be a JSON object');
  const operation = operationOf(payload);
  switch (operation) {
    case 'write':
      return checkWithAmount(operation, payload, key);
    case 'transfer':
      return checkWithAmount(operation, payload, key);
    case 'list': {
      const fields = outputOf(checkShape(operation, payload));
      if (fields.cursor === undefined) return { operation, limit: fields.limit };
      const after = parseCursor(fields.cursor);
      if (!after) throw refused([{ field: 'cursor', message: 'is not a cursor of this list' }]);
      return { operation, limit: fields.limit, after };
    }
    case 'read':
      return { ...outputOf(checkShape(operation, payload)), operation };
    case 'balance':
      return { ...outputOf(checkShape(operation, payload)), operation };
  }
};

const isObject = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
