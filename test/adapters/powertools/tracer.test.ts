import { describe, expect, it } from 'vitest';
import { loadTracer } from '../../../src/adapters/powertools/index.ts';

describe('a tracer that nobody asked for', () => {
  it('does the work, and passes on its result and its error', async () => {
    const tracer = await loadTracer(false);
    const error = new Error('work');
    expect(await tracer.span('work', async () => 'done')).toBe('done');
    await expect(
      tracer.span('work', async () => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it('does not load the X-Ray SDK, which would slow every await down', async () => {
    await loadTracer(false);
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    expect(loaded.filter((file) => file.includes('aws-xray-sdk'))).toEqual([]);
  });
});
