import { isDate } from 'node:util/types';
import { arrayKindsOf } from './array-kind.ts';
import { isServerError } from './server-error.ts';
import { shownSql } from './server-message.ts';
import type { Statement } from './statement.ts';

/** SQLSTATE of a text that is not of its type. */
const invalidText = '22P02';

/** The message of PostgreSQL for a text that is no JSON. */
const noJson = /^invalid input syntax for type json$/;

/** Statements that give values to columns. Elsewhere a text may be meant as text. */
const givesValues = /^\s*(?:INSERT|UPDATE)\b/i;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const kindNames = { array: 'an array', date: 'a Date', text: 'a text', value: 'a value' } as const;

/** A parameter that was sent, and is no JSON. */
type Candidate = { readonly kind: keyof typeof kindNames; readonly number: number };

const kindOfValue = (value: unknown): Candidate['kind'] => {
  if (Array.isArray(value)) return 'array';
  if (isDate(value)) return 'date';
  return typeof value === 'string' ? 'text' : 'value';
};

const candidatesOf = (
  { sql, parameters }: Statement,
  wire: readonly unknown[],
): readonly Candidate[] => {
  const kindOf = arrayKindsOf(sql);
  const candidates = parameters.map((value, index) => ({
    kind: kindOfValue(value),
    number: index + 1,
    sent: wire[index],
  }));
  return candidates.filter(({ kind, number, sent }) => {
    if (typeof sent !== 'string' || isJson(sent)) return false;
    const shown = kindOf(number);
    return kind === 'array' ? shown === undefined : givesValues.test(sql) || shown === 'json';
  });
};

/**
 * Names the parameter and the remedy after the server has refused a text, a `Date` or an array that
 * is no JSON. DSQL does not say which parameter it was, so the message names all candidates.
 *
 * @param one the statement that has failed
 * @param wire its parameters as they were sent
 * @returns undefined for every other error
 */
export const jsonRemedyOf = (
  error: unknown,
  one: Statement,
  wire: readonly unknown[],
): string | undefined => {
  if (!isServerError(error) || error.code !== invalidText) return undefined;
  if (!noJson.test(error.message)) return undefined;
  const found = candidatesOf(one, wire);
  const first = found.find(({ kind }) => kind === 'array') ?? found[0];
  if (!first) return undefined;
  const certain = found.length === 1 || first.kind === 'array';
  const kinds = [...new Set(found.map(({ kind }) => kindNames[kind]))];
  const who = certain
    ? `Parameter $${first.number} is ${kindNames[first.kind]}`
    : `One of the parameters ${found.map(({ number }) => `$${number}`).join(', ')} is ${kinds.join(' or ')}`;
  return `${who} that is no JSON, and the statement takes JSON there: wrap it in json(…). In: ${shownSql(one.sql)}`;
};
