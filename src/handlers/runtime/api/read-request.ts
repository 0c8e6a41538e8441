import { abandon, isThenable } from '../../../domain/kernel/events/event-declaration.ts';
import {
  InvalidInput,
  InvariantViolation,
  type Issue,
  type Schema,
  type SchemaIssue,
} from '../../../domain/kernel/index.ts';
import type { ApiRequest } from './http-request.ts';

/** Issues that one answer names. */
const issuesMax = 16;

/**
 * Characters of an issue's message: schemas quote their input, and a caller may send a megabyte of
 * it.
 */
const messageLengthMax = 200;

const issueOf = ({ path = [], message }: SchemaIssue): Issue => {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return { field: keys.join('.'), message: message.slice(0, messageLengthMax) };
};

/** The payload with the key of the header in its field. */
const withKey = (payload: unknown, field: string, key: string | undefined): unknown => {
  if (key === undefined || typeof payload !== 'object' || payload === null) return payload;
  const given = (payload as Readonly<Record<string, unknown>>)[field];
  if (given !== undefined && given !== key) {
    const message = 'differs from the header Idempotency-Key: send one of them';
    throw new InvalidInput('Two keys were sent', { issues: [{ field, message }] });
  }
  return { ...payload, [field]: key };
};

/**
 * Reads the payload of a request by a schema of Valibot, Zod, ArkType or another that implements
 * Standard Schema 1. A key that came in the header `Idempotency-Key` is read as the payload's field
 * `keyField`.
 *
 * @param keyField the field of the payload that has a command's key; `key` unless given
 * @throws {InvalidInput} which is answered by 400 with one issue for each wrong field, or when the
 * header and the field have different keys
 * @throws {InvariantViolation} when the schema is asynchronous
 * @example
 * const command = readRequest(object({ key: string(), seats: number() }), payload, request);
 */
export const readRequest = <Output>(
  schema: Schema<Output>,
  payload: unknown,
  { idempotencyKey }: Pick<ApiRequest, 'idempotencyKey'>,
  { keyField = 'key' }: { readonly keyField?: string } = {},
): Output => {
  const answer = schema['~standard'].validate(withKey(payload, keyField, idempotencyKey));
  if (isThenable(answer)) {
    abandon(answer);
    throw new InvariantViolation('The schema of a request is asynchronous: use a synchronous one');
  }
  if (!answer.issues) return answer.value;
  const issues = answer.issues.slice(0, issuesMax).map(issueOf);
  throw new InvalidInput('The request does not fit its schema', { issues });
};
