import { describe, expect, it } from 'vitest';
import { type Anomaly, anomalies, type Operation, type Transaction } from './history.ts';

const append = (key: number, value: number): Operation => ({ kind: 'append', key, value });
const read = (key: number, ...seen: readonly number[]): Operation => ({ kind: 'read', key, seen });

const committed = (...transactions: readonly (readonly Operation[])[]): readonly Transaction[] =>
  transactions.map((operations, id) => ({ id, outcome: 'committed', operations }));

const planted: readonly (readonly [Anomaly, readonly Transaction[]])[] = [
  [
    'G0',
    committed(
      [append(1, 10), append(2, 20)],
      [append(1, 11), append(2, 21)],
      [read(1, 10, 11), read(2, 21, 20)],
    ),
  ],
  [
    'G1a',
    [
      { id: 0, outcome: 'aborted', operations: [append(1, 10)] },
      { id: 1, outcome: 'committed', operations: [read(1, 10)] },
    ],
  ],
  ['G1b', committed([append(1, 10), append(1, 11)], [read(1, 10)], [read(1, 10, 11)])],
  ['G1c', committed([append(1, 10), read(2, 20)], [append(2, 20), read(1, 10)])],
  ['G-single', committed([append(1, 10), append(2, 20)], [read(1, 10), read(2)], [read(2, 20)])],
  ['lost update', committed([read(1), append(1, 10)], [read(1), append(1, 11)], [read(1, 10, 11)])],
  [
    'long fork',
    committed(
      [append(1, 10)],
      [append(2, 20)],
      [read(1, 10), read(2)],
      [read(1), read(2, 20)],
      [read(1, 10), read(2, 20)],
    ),
  ],
  [
    'G2-item',
    committed([read(1), append(2, 20)], [read(2), append(1, 10)], [read(1, 10), read(2, 20)]),
  ],
  ['incompatible order', committed([append(1, 10)], [append(1, 11)], [read(1, 10)], [read(1, 11)])],
];

describe('the checker of histories', () => {
  it.each(planted)('finds a planted %s', (anomaly, history) => {
    expect([...anomalies(history)]).toContain(anomaly);
  });

  it('tells write skew from what snapshot isolation forbids', () => {
    const skew = planted.find(([anomaly]) => anomaly === 'G2-item')?.[1] ?? [];
    expect([...anomalies(skew)]).toEqual(['G2-item']);
  });

  it('finds nothing in a serial history', () => {
    const history = committed(
      [append(1, 10), append(1, 11)],
      [read(1, 10, 11), append(1, 12), read(1, 10, 11, 12)],
      [read(1, 10, 11, 12), read(2)],
    );
    expect([...anomalies(history)]).toEqual([]);
  });
});
