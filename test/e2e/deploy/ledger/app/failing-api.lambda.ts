import { ledger } from '../../../../../src/adapters/ledger/index.ts';
import { serveApi } from '../../../../../src/handlers/runtime/index.ts';

/**
 * A release of the ledger's API that answers every request with 500. Lambda takes that for a
 * success: only the metric of the framework tells it.
 */
export const handler = await serveApi(ledger, () => ({
  answer: () => Promise.reject(new Error('this release lacks one of its settings')),
}));
