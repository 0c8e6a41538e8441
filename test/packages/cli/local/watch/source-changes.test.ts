import { expect, it, onTestFinished } from 'vitest';
import { createSourceChanges } from '../../../../../packages/cli/src/local/watch/source-changes.ts';

it('hands out each change once, and then waits for the next', async () => {
  const changes = createSourceChanges();
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  for (const path of ['a.ts', 'b.ts', 'a.ts']) changes.add(path);
  expect(await changes.take(ended.signal)).toEqual(['a.ts', 'b.ts']);
  const next = changes.take(ended.signal);
  setTimeout(changes.add, 500, 'c.ts');
  expect(await next).toEqual(['c.ts']);
});

it('ends with the signal while it waits', async () => {
  const ended = new AbortController();
  const next = createSourceChanges().take(ended.signal);
  ended.abort(new Error('the stack ends'));
  await expect(next).rejects.toThrow('the stack ends');
});
