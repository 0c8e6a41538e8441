import { describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import {
  contextLogger,
  inContext,
  inContextOf,
  partInContext,
} from '../../../../src/handlers/runtime/log-context/log-context.ts';

const setUp = () => {
  const memory = createMemoryLogger();
  const fields = () => memory.lines.map((line) => line.fields);
  return { logger: contextLogger(memory), memory, fields };
};

const one = { requestId: 'r', correlationid: 'c-1' };
const two = { requestId: 'r', correlationid: 'c-2', causationid: 'e' };

describe('a logger of a context', () => {
  it('gives each line of every level the ids of the work that logs it', () => {
    const { logger, memory, fields } = setUp();
    inContext(two, () => {
      logger.debug('a');
      logger.info('a', { own: 1 });
      logger.warn('a', undefined);
      logger.error('a', { own: 2 }, new Error('b'));
    });
    expect(fields()).toEqual([two, { ...two, own: 1 }, two, { ...two, own: 2 }]);
    expect(memory.lines.map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'error']);
  });

  it('leaves a line as it is outside of an invocation', () => {
    const { logger, fields } = setUp();
    logger.info('a', { own: 1 });
    expect(fields()).toEqual([{ own: 1 }]);
  });

  it('lets a line say an id itself', () => {
    const { logger, fields } = setUp();
    inContext(one, () => logger.info('a', { correlationid: 'own' }));
    expect(fields()).toEqual([{ ...one, correlationid: 'own' }]);
  });

  it('keeps the contexts of works apart that run at once, also when the answer is out', async () => {
    const { logger, fields } = setUp();
    const late = Promise.withResolvers<void>();
    const log = () => logger.info('late');
    const [first, second] = [one, two].map((context) =>
      inContext(context, async () => {
        late.promise.then(log);
      }),
    );
    await Promise.all([first, second]);
    late.resolve();
    await late.promise;
    expect(fields()).toEqual([one, two]);
  });
});

describe('an error of one of several works', () => {
  it('is told of in the context of its work', async () => {
    const { logger, fields } = setUp();
    await inContext(one, async () => {
      const error = await partInContext(two, async () => {
        throw new Error('failed');
      }).catch((thrown: unknown) => thrown);
      inContextOf(error, () => logger.info('failed'));
      inContextOf(new Error('another'), () => logger.info('another'));
      inContextOf('a text', () => logger.info('a text'));
    });
    expect(fields()).toEqual([two, one, one]);
  });

  it('leaves its work as it was, be it an object or not', async () => {
    const error = new Error('own');
    await expect(partInContext(one, () => Promise.reject(error))).rejects.toBe(error);
    await expect(partInContext(one, () => Promise.reject('text'))).rejects.toBe('text');
    expect(await partInContext(one, async () => 7)).toBe(7);
  });
});
