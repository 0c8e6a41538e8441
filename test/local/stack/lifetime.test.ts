import { describe, expect, it } from 'vitest';
import { createLifetime } from '../../../local/stack/lifetime.ts';

describe('createLifetime', () => {
  const recorder = () => {
    const stopped: string[] = [];
    return { stopped, thing: (name: string) => ({ stop: () => void stopped.push(name) }) };
  };

  it('stops what it owns in reverse order, once', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.own(thing('first'));
    await lifetime.own(thing('second'));
    await Promise.all([lifetime.stop(), lifetime.stop()]);
    expect(stopped).toEqual(['second', 'first']);
  });

  it('stops what is still starting when the end comes', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    const start = Promise.withResolvers<ReturnType<typeof thing>>();
    void lifetime.own(start.promise);
    const stopping = lifetime.stop();
    start.resolve(thing('late'));
    await stopping;
    expect(stopped).toEqual(['late']);
  });

  it('stops at once what comes after the end', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.stop();
    await expect(lifetime.own(thing('late'))).rejects.toThrow('the stack has ended');
    expect(stopped).toEqual(['late']);
  });

  it('stops the rest when one of them cannot be started or stopped', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.own(thing('first'));
    await expect(lifetime.own(Promise.reject(new Error('no start')))).rejects.toThrow('no start');
    await lifetime.own({ stop: () => Promise.reject(new Error('no stop')) });
    await expect(lifetime.stop()).rejects.toThrow('not everything stopped cleanly');
    expect(stopped).toEqual(['first']);
  });
});
