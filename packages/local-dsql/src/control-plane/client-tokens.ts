import { conflict } from './control-plane-error.ts';
import type { Fields } from './fields.ts';

/** Answers of requests that may come again. */
export interface ClientTokens {
  /**
   * Runs a request once for its token, and answers a repetition with the first answer.
   *
   * @throws {ControlPlaneError} for a token that came with another request
   */
  readonly once: (
    scope: string,
    token: string | undefined,
    input: Fields,
    run: () => Fields,
  ) => Fields;
}

/** Tokens that are remembered; the oldest are forgotten first. */
const tokensMax = 10_000;

export const createClientTokens = (): ClientTokens => {
  const answers = new Map<string, { readonly request: string; readonly answer: Fields }>();
  return {
    once: (scope, token, input, run) => {
      if (token === undefined) return run();
      const key = `${scope} ${token}`;
      const request = JSON.stringify(Object.entries(input).sort());
      const known = answers.get(key);
      if (known?.request === request) return known.answer;
      if (known) throw conflict('The client token came with another request.', token);
      // A request that was refused had no effect, so that its token is free again.
      const answer = run();
      answers.set(key, { request, answer });
      const [oldest] = answers.keys();
      if (answers.size > tokensMax && oldest !== undefined) answers.delete(oldest);
      return answer;
    },
  };
};
