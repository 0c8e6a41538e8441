import { describe, expect, it } from 'vitest';
import {
  chosenRules,
  rulesOn,
} from '../../../../../packages/cli/src/commands/bus/replayed-rules.ts';

const rule = (name: string, excludesReplays = false) => ({ name, arn: name, excludesReplays });

describe('the rules of a replay', () => {
  it('are those on the bus of the archive', () => {
    const ids = ['orders|totals', 'audit|copies', 'nightly'];
    expect(rulesOn('orders', ids)).toEqual([{ bus: 'orders', name: 'totals' }]);
    expect(rulesOn('default', ids)).toEqual([{ bus: 'default', name: 'nightly' }]);
  });

  it('are those that do not exclude replays', () => {
    const [totals, crossing] = [rule('totals'), rule('crossing', true)];
    expect(chosenRules([totals, crossing], [])).toEqual([totals]);
    expect(() => chosenRules([totals, crossing], ['crossing'])).toThrow('excludes');
    expect(() => chosenRules([totals], ['none'])).toThrow('--rule none: give totals');
  });

  it('are never none, which would be all rules of the bus', () => {
    const error = 'no rule of the bus takes what is replayed: deploy one whose pattern does';
    expect(() => chosenRules([rule('crossing', true)], [])).toThrow(error);
    expect(() => chosenRules([], [])).toThrow(error);
  });
});
