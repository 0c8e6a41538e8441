import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLifetime } from '../../../../packages/local-dsql/src/process/lifetime.ts';

describe('createLifetime', () => {
  const recorder = () => {
    const stopped: string[] = [];
    return { stopped, thing: (name: string) => ({ stop: () => void stopped.push(name) }) };
  };

  it('stops what it owns in reverse order, once', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.own(thing('first'), 'first');
    await lifetime.own(thing('second'), 'second');
    await Promise.all([lifetime.stop(), lifetime.stop()]);
    expect(stopped).toEqual(['second', 'first']);
  });

  it('stops what is still starting when the end comes', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    const start = Promise.withResolvers<ReturnType<typeof thing>>();
    void lifetime.own(start.promise, 'late');
    const stopping = lifetime.stop();
    start.resolve(thing('late'));
    await stopping;
    expect(stopped).toEqual(['late']);
  });

  it('stops at once what comes after the end', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.stop();
    await expect(lifetime.own(thing('late'), 'late')).rejects.toThrow('the stack has ended');
    expect(stopped).toEqual(['late']);
  });

  it('stops the rest when one of them cannot be started or stopped', async () => {
    const { stopped, thing } = recorder();
    const lifetime = createLifetime();
    await lifetime.own(thing('first'), 'first');
    const failing = Promise.reject(new Error('no start'));
    await expect(lifetime.own(failing, 'failing')).rejects.toThrow('no start');
    await lifetime.own({ stop: () => Promise.reject(new Error('no stop')) }, 'stubborn');
    await expect(lifetime.stop()).rejects.toThrow('not everything stopped cleanly');
    expect(stopped).toEqual(['first']);
  });

  it('names what takes long to end, and nothing else', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { thing } = recorder();
    const slow: string[] = [];
    const lifetime = createLifetime((name) => slow.push(name));
    await lifetime.own(thing('quick'), 'quick');
    const end = Promise.withResolvers<void>();
    await lifetime.own({ stop: () => end.promise }, 'slow');
    const stopping = lifetime.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(slow).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    end.resolve();
    await stopping;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(slow).toEqual(['slow']);
  });
});
