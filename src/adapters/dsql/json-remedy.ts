import { type ArrayKinds, arrayKindsOf } from './array-kind.ts';
import { isServerError } from './server-error.ts';
import { shownSql } from './server-message.ts';
import type { Statement } from './statement.ts';
import { originOf } from './value-origin.ts';

/** SQLSTATE of a text that is not of its type. */
const invalidText = '22P02';

/** PostgreSQL's own words, without a value. */
const noJson = /^invalid input syntax for type json$/;

/** Statements that give values to columns; elsewhere a text need not be meant as JSON. */
const givesValues = /^\s*(?:INSERT|UPDATE)\b/i;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether a parameter was sent as something that is no JSON, where JSON may have been meant. */
const isCandidate = (value: unknown, number: number, sql: string, kindOf: ArrayKinds): boolean => {
  if (typeof value === 'string') {
    return !isJson(value) && (givesValues.test(sql) || kindOf(number) === 'json');
  }
  if (!Array.isArray(value) || originOf(value)?.type === 'json') return false;
  return kindOf(number) === undefined;
};

/**
 * Names the parameter and the remedy where the server takes JSON and has got a text or an array that is none. DSQL does not
 * say which parameter it was, so all that come into question are named.
 *
 * @param one the statement that has failed
 * @returns undefined for every other error
 */
export const jsonRemedyOf = (error: unknown, one: Statement | undefined): string | undefined => {
  if (!one || !isServerError(error) || error.code !== invalidText) return undefined;
  if (!noJson.test(error.message)) return undefined;
  const { sql, parameters } = one;
  const all = parameters.map((value, index) => ({ value, number: index + 1 }));
  const kindOf = arrayKindsOf(sql);
  const found = all.filter(({ value, number }) => isCandidate(value, number, sql, kindOf));
  const [first] = found.toSorted(
    (left, right) => Number(Array.isArray(right.value)) - Number(Array.isArray(left.value)),
  );
  if (!first) return undefined;
  const certain = found.length === 1 || Array.isArray(first.value);
  const who = certain
    ? `Parameter $${first.number} is ${Array.isArray(first.value) ? 'an array' : 'a text'}`
    : `One of the parameters ${found.map(({ number }) => `$${number}`).join(', ')} is a text`;
  return `${who} that is no JSON, and the statement takes JSON there: wrap it in json(…). In: ${shownSql(sql)}`;
};
