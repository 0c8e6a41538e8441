import { describe, expect, it } from 'vitest';
import {
  accept,
  type Decision,
  type DomainEvent,
  refuse,
} from '../../../src/domain/kernel/index.ts';
import { decisionOf } from '../../../src/domain/kernel/testing.ts';

type Tank = { readonly litres: bigint; readonly log?: Iterable<unknown>; readonly at?: number };
type Fill = { readonly litres: bigint; readonly log?: Iterable<unknown> };

type Filled = DomainEvent<string, { readonly litres: string; readonly by?: string }>;

const decideFill = (
  state: Tank,
  { litres, log }: Fill,
  now: number,
): Decision<Tank, string, Filled> => {
  const sum = state.litres + litres;
  if (sum > 100n) return refuse('Overflow', 'The tank holds 100 litres');
  return accept({
    state: { litres: sum, at: now, ...(log === undefined ? {} : { log }) },
    events: [
      {
        type: 'Filled',
        schemaVersion: 1,
        subject: 'tank',
        aggregateVersion: 1,
        data: { litres: String(litres), by: 'hose' },
      },
    ],
    result: `${sum} l`,
  });
};

const tank = decisionOf(decideFill);
const filled = tank.given({ litres: 10n }).when({ litres: 5n }, 7);

describe('given, when, then', () => {
  it('holds for the events, the state and the answer of a decision', () => {
    filled
      .thenEvents({ type: 'Filled', data: { by: 'hose', litres: '5' } })
      .thenState({ at: 7, litres: 15n })
      .thenResult('15 l');
  });

  it('holds for a refusal by its code', () => {
    tank.given({ litres: 99n }).when({ litres: 5n }).thenRefused('Overflow');
  });

  it('shows expected and actual events where they differ', () => {
    const then = () => filled.thenEvents({ type: 'Emptied', data: { litres: '5' } });
    expect(then).toThrow(/Expected events[\s\S]*"Emptied"[\s\S]*but got[\s\S]*"Filled"/);
  });

  it('fails for an event too few and for an event too many', () => {
    const event = { type: 'Filled', data: { litres: '5', by: 'hose' } };
    expect(() => filled.thenEvents()).toThrow('Expected events');
    expect(() => filled.thenEvents(event, event)).toThrow('Expected events');
  });

  it('shows a state that differs in a bigint only', () => {
    expect(() => filled.thenState({ litres: 16n, at: 7 })).toThrow(/16n[\s\S]*but got[\s\S]*15n/);
  });

  it('shows an answer that differs', () => {
    expect(() => filled.thenResult('16 l')).toThrow(/"16 l"[\s\S]*but got[\s\S]*"15 l"/);
  });

  it('shows the refusal where acceptance was expected', () => {
    const refused = tank.given({ litres: 99n }).when({ litres: 5n });
    const message = 'Expected acceptance but got refusal Overflow: The tank holds 100 litres';
    expect(() => refused.thenEvents()).toThrow(message);
    expect(() => refused.thenState({ litres: 0n })).toThrow(message);
    expect(() => refused.thenResult('')).toThrow(message);
  });

  it('fails where a refusal was expected and the decision accepted', () => {
    expect(() => filled.thenRefused('Overflow')).toThrow(
      'Expected refusal Overflow but got acceptance',
    );
  });

  it('shows another refusal than the expected one', () => {
    const refused = tank.given({ litres: 99n }).when({ litres: 5n });
    expect(() => refused.thenRefused('Frozen')).toThrow(/"Frozen"[\s\S]*but got[\s\S]*"Overflow"/);
  });

  it.each([
    ['sets', new Set([1]), new Set([2])],
    ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
    ['numbers that JSON does not know', [Number.NaN], [null]],
    ['infinities', [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]],
    ['texts that look like bigints', ['5n'], [5n]],
    ['URLs', [new URL('https://a.test')], [new URL('https://b.test')]],
    ['regular expressions', [/a/], [/b/]],
    ['errors', [new Error('a')], [new Error('b')]],
  ])('tells %s apart', (_, actual: Iterable<unknown>, expected: Iterable<unknown>) => {
    const then = tank.given({ litres: 0n }).when({ litres: 1n, log: actual });
    then.thenState({ litres: 1n, at: 0, log: actual });
    expect(() => then.thenState({ litres: 1n, at: 0, log: expected })).toThrow('Expected state');
  });
});
