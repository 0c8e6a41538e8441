import { describe, expect, it } from 'vitest';
import { consumerNameProblem } from '../../../../src/domain/kernel/work/consumer.ts';

describe("a consumer's name", () => {
  it.each(['a', 'Seats', 'orders.v2_eu-west', '9', 'n'.repeat(128)])('may be %s', (name) => {
    expect(consumerNameProblem(name)).toBeUndefined();
  });

  it.each(['', ' a', 'a ', 'a b', 'a/b', 'é', 'a\n', undefined, null, 7, ['a']])(
    'may not be %j',
    (name) => {
      const problem = 'must be a text of letters, digits, ".", "_" and "-"';
      expect(consumerNameProblem(name)).toBe(problem);
    },
  );

  it('may not have more characters than a key of DSQL has room for', () => {
    expect(consumerNameProblem('n'.repeat(129))).toBe('must have at most 128 characters');
  });
});
