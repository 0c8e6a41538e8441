import { handler as ledgerApi } from '../../../../../src/handlers/ledger/ledger-api.lambda.ts';

type Answer = { readonly headers?: Readonly<Record<string, string>> };

/** The ledger's API, which marks its answers: a client sees which version has answered. */
export const handler = async (...invocation: Parameters<typeof ledgerApi>) => {
  const answer = (await ledgerApi(...invocation)) as Answer;
  return { ...answer, headers: { ...answer.headers, 'x-version': '2' } };
};
