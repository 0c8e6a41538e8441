import { expect, it } from 'vitest';
import {
  createFrameReader,
  encodeFrame,
  type Frame,
} from '../../../../packages/local-dsql/src/protocol/protocol.ts';

it('reads nothing again, and nothing more, after a message that its reader threw out', () => {
  const seen: number[] = [];
  const reader = createFrameReader({
    bytesMax: 100,
    onFrame: ({ type }: Frame) => {
      seen.push(type);
      if (type === 2) throw new RangeError('unknown message');
    },
    onInvalid: () => undefined,
  });
  expect(() => reader.push(Buffer.concat([1, 2, 3].map((type) => encodeFrame(type))))).toThrow();
  reader.push(encodeFrame(4));
  expect(seen).toEqual([1, 2]);
});
