import { describe, expect, it } from 'vitest';
import type { Tracer } from '../../../../src/domain/kernel/index.ts';
import {
  guardCall,
  guardLogger,
  guardMetrics,
  guardTracer,
} from '../../../../src/domain/kernel/observability/guarded-observability.ts';

const failures = () => {
  const told: unknown[] = [];
  return { told, onFailure: (error: unknown) => told.push(error) };
};

const broken = new Error('broken');
const throws = (): never => {
  throw broken;
};
const rejects = async (): Promise<never> => throws();

describe.each([
  ['throws', throws],
  ['rejects', rejects],
])('a part that %s', (_, fails) => {
  it('is reported by each call of a logger, and throws nothing', async () => {
    const { told, onFailure } = failures();
    const logger = guardLogger({ debug: fails, info: fails, warn: fails, error: fails }, onFailure);
    logger.debug('a');
    logger.info('a');
    logger.warn('a');
    logger.error('a', {}, undefined);
    await Promise.resolve();
    expect(told).toEqual([broken, broken, broken, broken]);
  });

  it('is reported by metrics, and throws nothing', async () => {
    const { told, onFailure } = failures();
    guardMetrics({ add: fails }, onFailure).add('CommandCommitted', 1);
    await Promise.resolve();
    expect(told).toEqual([broken]);
  });

  it('is silent where nobody is told', async () => {
    guardMetrics({ add: fails }).add('CommandCommitted', 1);
    await guardCall(fails, () => {})();
  });
});

describe('a guarded part that works', () => {
  it('gets what it was given', () => {
    const lines: unknown[] = [];
    const keep = (...parameters: readonly unknown[]) => lines.push(parameters);
    const logger = guardLogger({ debug: keep, info: keep, warn: keep, error: keep });
    logger.info('said', { a: 1 });
    logger.error('failed', {}, broken);
    expect(lines).toEqual([
      ['said', { a: 1 }],
      ['failed', {}, broken],
    ]);
  });

  it('gives nothing back, which middleware would take for an answer', async () => {
    expect(guardCall(() => 7, throws)()).toBeUndefined();
    const later: () => unknown = async () => 7;
    expect(await guardCall(later, throws)()).toBeUndefined();
  });
});

describe('a guarded tracer', () => {
  const tracers: readonly (readonly [string, Tracer['span'], number])[] = [
    ['works', (_, work) => work(), 0],
    ['fails before the work', throws, 1],
    ['rejects before the work', rejects, 1],
    ['fails behind the work', (_, work) => work().then(throws, throws), 1],
    [
      'fails when the work has begun',
      (_, work) => {
        work();
        return throws();
      },
      1,
    ],
    ['forgets the work', async () => undefined as never, 0],
    [
      'looks away while the work ends',
      async (_, work) => {
        work();
        await new Promise((resolve) => setTimeout(resolve, 5));
        return undefined as never;
      },
      0,
    ],
    ['runs the work twice', async (_, work) => [await work(), await work()][1] as never, 0],
  ];

  it.each(tracers)('that %s lets the work run once, with its result', async (_, span, failed) => {
    const { told, onFailure } = failures();
    let runs = 0;
    const result = guardTracer({ span }, onFailure).span('work', async () => {
      runs += 1;
      return 'done';
    });
    expect(await result).toBe('done');
    expect(runs).toBe(1);
    expect(told).toHaveLength(failed);
  });

  const own = new Error('own');
  const failingWorks = [
    async (): Promise<never> => {
      throw own;
    },
    (): never => {
      throw own;
    },
  ];
  it.each(tracers)('that %s lets the error of the work out', async (_, span, failed) => {
    for (const work of failingWorks) {
      const { told, onFailure } = failures();
      await expect(guardTracer({ span }, onFailure).span('work', work)).rejects.toBe(own);
      expect(told).toHaveLength(failed);
    }
  });

  it('that traces nothing gives the work back as it is', () => {
    const work = Promise.resolve('done');
    expect(guardTracer({ span: (_, run) => run() }).span('work', () => work)).toBe(work);
  });
});
