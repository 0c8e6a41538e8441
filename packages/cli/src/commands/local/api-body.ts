import { type Json, type JsonObject, objectOf, stringOf } from '../../local/template/json.ts';

/**
 * The body of an API's answer, `{ statusCode, body }`.
 *
 * @throws {Error} with one line when it has another form, no JSON object as its body, or a status
 * that is not 200 to 299
 */
export const bodyOf = (functionName: string, answer: unknown): JsonObject => {
  const { statusCode, body } = objectOf(answer as Json);
  const text = stringOf(body);
  if (typeof statusCode !== 'number' || text === undefined) {
    throw new Error(`${functionName} did not answer { statusCode, body }: use invoke for it`);
  }
  if (statusCode < 200 || statusCode > 299) {
    throw new Error(`${functionName} answered ${statusCode}: ${text}`);
  }
  return objectOf(JSON.parse(text) as Json);
};
