import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { createLogTail } from '../../../../../../packages/cli/src/local/lambda/environment/log-tail.ts';

const read = async (chunks: readonly (string | Buffer)[]) => {
  const lines: string[] = [];
  const log = createLogTail((line) => lines.push(line));
  const stream = Readable.from(chunks, { objectMode: false });
  log.read(stream);
  await finished(stream);
  return { lines, tail: log.text() };
};

test('puts together lines, and characters, that arrive in pieces', async () => {
  const [head, tail] = [Buffer.from('Zoë\n').subarray(0, 3), Buffer.from('Zoë\n').subarray(3)];
  expect((await read(['one\ntw', 'o\n', head, tail])).lines).toEqual(['one', 'two', 'Zoë']);
});

test('gives a last line that has no end', async () => {
  expect((await read(['one\nrest'])).lines).toEqual(['one', 'rest']);
});

test('splits a line that would not end', async () => {
  const { lines } = await read([...Array.from({ length: 5 }, () => 'x'.repeat(60_000)), 'y\n']);
  expect(lines.map(({ length }) => length)).toEqual([300_000, 1]);
});

test('keeps the last 4 KB', async () => {
  const { tail } = await read(['é'.repeat(5000), '\n']);
  expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(4096);
  expect(tail).toMatch(/é\n$/);
});
