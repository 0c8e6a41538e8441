import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPowertoolsTracer } from '../../../src/adapters/powertools/index.ts';

const tracerModule = '@aws-lambda-powertools/tracer';

describe('a tracer that nobody asked for', () => {
  it('does the work, and passes on its result and its error', async () => {
    const tracer = createPowertoolsTracer(false);
    const error = new Error('work');
    expect(await tracer.span('work', async () => 'done')).toBe('done');
    await expect(
      tracer.span('work', async () => {
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it('does not load the X-Ray SDK, which would slow every await down', async () => {
    await createPowertoolsTracer(false).span('work', async () => undefined);
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    expect(loaded.filter((file) => file.includes('aws-xray-sdk'))).toEqual([]);
  });
});

describe('a tracer that was asked for', () => {
  afterEach(() => {
    vi.doUnmock(tracerModule);
  });

  /** A tracer over an X-Ray that writes down what it is told; it has a segment, or none. */
  const setUp = async (hasSegment = true) => {
    const told: unknown[] = [];
    const segment = {
      addError: (error: unknown) => told.push(error),
      close: () => told.push('closed'),
    };
    class Tracer {
      readonly provider = {
        captureAsyncFunc: (name: string, work: (segment: unknown) => unknown) => {
          told.push(name);
          return work(hasSegment ? segment : undefined);
        },
      };
    }
    vi.doMock(tracerModule, () => ({ Tracer }));
    return { tracer: createPowertoolsTracer(true), told };
  };

  it('makes a subsegment of the work, and passes on its result', async () => {
    const { tracer, told } = await setUp();
    expect(await tracer.span('work', async () => told.push('done'))).toBe(2);
    expect(told).toEqual(['work', 'done', 'closed']);
  });

  it('tells the subsegment of an error without its values, and passes that on as it is', async () => {
    const { tracer, told } = await setUp();
    const error = Object.assign(new Error('secret-iban is not allowed'), {
      code: 'P0001',
      severity: 'ERROR',
    });
    await expect(tracer.span('work', () => Promise.reject(error))).rejects.toBe(error);
    expect(told).toMatchObject(['work', { name: 'Error' }, 'closed']);
    expect(String(told[1])).not.toContain('secret');
  });

  it.each([
    ['an error', new Error('no'), new Error('no')],
    ['a text', 'no', 'no'],
    ['a number', 7, '7'],
  ])('tells the subsegment of %s', async (_, thrown, shown) => {
    const { tracer, told } = await setUp();
    await expect(tracer.span('work', () => Promise.reject(thrown))).rejects.toBe(thrown);
    expect(told).toEqual(['work', shown, 'closed']);
  });

  it('does the work where X-Ray has no segment for it', async () => {
    const { tracer } = await setUp(false);
    expect(await tracer.span('work', async () => 'done')).toBe('done');
    await expect(tracer.span('work', () => Promise.reject(7))).rejects.toBe(7);
  });

  it('fails at its first span, and not before, where X-Ray cannot be loaded', async () => {
    vi.doMock(tracerModule, () => {
      throw new Error('no X-Ray');
    });
    const tracer = createPowertoolsTracer(true);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(tracer.span('work', async () => 'done')).rejects.toThrow();
  });
});
