import { describe, expect, it } from 'vitest';
import { conformanceGroup } from '../../bench/conformance/conformance-group.ts';
import { conformanceGroups } from '../../bench/conformance/groups.ts';

describe('the local stack answers as the sources say', () => {
  it.each(conformanceGroups.map((group) => [group.name, group] as const))(
    'in the group %s',
    async (_name, group) => {
      const { cases, differences } = await group.run();
      expect(differences).toEqual([]);
      expect(cases).toBeGreaterThan(0);
    },
  );
});

describe('a group of cases', () => {
  const nothing = { stop: async () => undefined };
  const one = { title: 'one', source: 'recorded', expected: 1, ask: () => 1 };
  const groupOf = (cases: readonly (typeof one)[]) =>
    conformanceGroup({ name: 'tried', start: async () => nothing, cases });

  it('reports an answer that differs, and one that throws', async () => {
    const thrown = () => {
      throw new Error('no answer');
    };
    const group = groupOf([
      one,
      { ...one, title: 'two', ask: () => 2 },
      { ...one, title: 'three', ask: thrown },
    ]);
    expect(await group.run()).toEqual({
      cases: 3,
      differences: [
        { title: 'two', source: 'recorded', expected: 1, actual: 2 },
        { title: 'three', source: 'recorded', expected: 1, actual: 'thrown: Error: no answer' },
      ],
    });
  });

  it('is refused without a case, or with two of one title', () => {
    expect(() => groupOf([])).toThrow('the group tried has no case');
    expect(() => groupOf([one, one])).toThrow('the group tried has two cases of one title');
  });
});
