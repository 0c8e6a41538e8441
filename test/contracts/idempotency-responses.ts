import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { IdempotencyStoreSubject } from '../../src/testing/index.ts';

const hourMs = 3_600_000;

/** Any response comes back from a store byte for byte. */
export const keepsAnyResponse = (
  name: string,
  createSubject: () => Promise<IdempotencyStoreSubject>,
): void => {
  it(`${name} keeps any response byte for byte`, async () => {
    const { store } = await createSubject();
    const unit = fc.constantFrom('a', '1.10', 'é', '😀', '\u0000', '\ud800', '"', '\\');
    const values = fc.record({ b: fc.jsonValue({ maxDepth: 3 }), a: fc.string({ unit }) });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const response = JSON.stringify({ ...value, 2: 'first' });
        const key = `bytes#${crypto.randomUUID()}`;
        const lease = await store.acquire({ key, fingerprint: 'print', leaseMs: hourMs });
        const fence = lease.status === 'acquired' ? lease.fence : '';
        await store.complete({ key, fence, response, retentionMs: hourMs });
        expect(await store.find(key)).toMatchObject({ status: 'completed', response });
      }),
      { numRuns: 30 },
    );
  });
};
