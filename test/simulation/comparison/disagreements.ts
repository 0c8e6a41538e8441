import type { Change, CounterCommand, Schedule, Step } from './schedule.ts';

/** A schedule on which the model and the local DSQL have disagreed, or do so in a known way. */
export type Disagreement = Schedule & { readonly name: string };

const command = (
  key: string,
  changes: readonly (readonly [kind: Change['kind'], name: string, value: number])[],
  reads?: CounterCommand['reads'],
  more: Pick<CounterCommand, 'sumMax'> = {},
): CounterCommand => ({
  ...{ key, fingerprint: key, ...(reads ? { reads } : {}), ...more },
  changes: changes.map(([kind, name, value]) => ({ kind, name, value })),
});

const go = (client: number, fault?: Extract<Step, { readonly kind: 'go' }>['fault']): Step =>
  fault ? { kind: 'go', client, fault } : { kind: 'go', client };

const land: Step = { kind: 'land' };

const takesA = command('takes a', [['insert', 'a', 1]]);

/** The smallest schedules of the disagreements that were found. The model was wrong in them. */
export const disagreements: readonly Disagreement[] = [
  {
    name: 'a refusal while an earlier COMMIT may still land is in doubt',
    clients: [
      [command('small', [['add', 'a', 1]], ['a'], { sumMax: 5 })],
      [command('large', [['add', 'a', 9]], ['a'])],
    ],
    steps: [go(0), go(0, 'request late'), go(1), go(1), go(0), go(0)],
  },
  {
    name: 'work that reads nothing takes its snapshot when it arrives',
    clients: [
      [command('late', [['set', 'a', 1]]), command('next', [['set', 'b', 1]])],
      [command('other', [['set', 'a', 2]])],
    ],
    steps: [go(0, 'request late'), go(1), land, go(0)],
  },
  {
    name: 'the answer of a COMMIT that has failed is lost',
    clients: [
      [command('one', [['add', 'a', 1]], ['a'])],
      [command('other', [['add', 'a', 2]], ['a'])],
    ],
    steps: [go(0), go(1), go(1), go(0, 'answer lost'), go(0), go(0)],
  },
  {
    name: 'the answer of a replay is lost',
    clients: [[command('one', [['set', 'a', 1]])], [command('one', [['set', 'a', 1]])]],
    steps: [go(0), go(1, 'answer lost'), go(1)],
  },
  {
    name: 'a transaction that is too old does not commit',
    clients: [[command('one', [['add', 'a', 1]], ['a'])]],
    steps: [go(0), { kind: 'age' }, go(0), go(0), go(0)],
  },
  {
    name: 'a late COMMIT of a transaction that is too old does not land',
    clients: [[command('one', [['add', 'a', 1]], ['a'])], [command('other', [['set', 'b', 1]])]],
    steps: [
      ...[go(0), go(0, 'request late'), { kind: 'crash', client: 0 }, { kind: 'age' }, land, go(1)],
    ] as readonly Step[],
  },
  {
    name: 'a violated constraint is told by COMMIT, whose answer is lost',
    clients: [[takesA], [command('takes it too', [['insert', 'a', 2]], ['b'])]],
    steps: [go(0), go(1), go(1, 'answer lost'), go(1), go(1)],
  },
  {
    name: 'a changed catalog comes before a violated constraint',
    clients: [[takesA], [command('takes it too', [['insert', 'a', 2]], ['b'])]],
    steps: [go(0), go(1), { kind: 'catalog' }, go(1), go(1), go(1)],
  },
];

/** The model refuses the last COMMIT of the first client, and the local DSQL does not. */
export const removedAgain: Disagreement = {
  name: 'a key is inserted that others have inserted and removed since the snapshot',
  clients: [
    [command('inserts', [['add', 'a', 1]], ['a'])],
    [command('brings', [['set', 'a', 2]]), command('takes', [['delete', 'a', 0]])],
  ],
  steps: [go(0), go(1), go(1), go(0)],
};
