import { describe, expect, it } from 'vitest';
import { deleteClusters } from '../../../infra/peering/delete-clusters-handler.ts';
import {
  primaryArn,
  requestOf,
  type Script,
  secondaryArn,
  serviceError,
  state,
  worldOf,
} from './control-plane.ts';

const absent = serviceError('ResourceNotFoundException');
const first = state('ACTIVE', primaryArn, secondaryArn);
const second = state('ACTIVE', secondaryArn, primaryArn);
const leavingFirst = state('PENDING_DELETE', primaryArn, secondaryArn);
const leavingSecond = state('PENDING_DELETE', secondaryArn, primaryArn);

const run = async (
  primary: Script,
  secondary: Script,
  stackStatus: () => Promise<string> = async () => 'DELETE_IN_PROGRESS',
) => {
  const world = worldOf({ [primaryArn]: primary, [secondaryArn]: secondary });
  const stacks = { describe: async () => ({ status: await stackStatus(), parameters: {} }) };
  const change = deleteClusters({ ...world.deps, stacks });
  const request = requestOf();
  const outcome = await change({ ...request, RequestType: 'Delete' }, world.signal).then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
  return { ...world, outcome };
};

describe('the deletion of two clusters', () => {
  it('begins with both, and ends when both are gone', async () => {
    const { deleted, outcome, pauses } = await run(
      [first, leavingFirst, state('DELETING'), absent],
      [second, leavingSecond, state('DELETED')],
    );
    expect([outcome, deleted]).toEqual(['done', [primaryArn, secondaryArn]]);
    expect(pauses).toHaveLength(3);
  });

  it('goes on where a killed run ended', async () => {
    const { deleted, outcome } = await run([leavingFirst, absent], [second, absent]);
    expect([outcome, deleted]).toEqual(['done', [secondaryArn]]);
  });

  it.each([
    ['are not peered', [state('PENDING_SETUP')], [state('PENDING_SETUP', primaryArn)]],
    ['lack the second one', [state('PENDING_SETUP')], [absent]],
    ['lack the first one', [absent], [second]],
    ['are not peered, the second leaving', [state('PENDING_SETUP')], [state('DELETING')]],
  ] as const)('leaves clusters to CloudFormation that %s', async (_, primary, secondary) => {
    const { deleted, outcome } = await run(primary, secondary);
    expect([outcome, deleted]).toEqual(['done', []]);
  });

  it('waits for the second where the first is gone before it', async () => {
    const leaving = [leavingSecond, state('DELETING'), state('DELETING'), absent];
    const { outcome, pauses } = await run([first, absent], leaving);
    expect([outcome, pauses.length]).toEqual(['done', 3]);
  });

  it('has nothing to do where both are gone', async () => {
    const { deleted, outcome, pauses } = await run([], []);
    expect([outcome, deleted, pauses]).toEqual(['done', [], []]);
  });

  it.each(['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'])(
    'keeps them where their stack is not deleted but %s',
    async (status) => {
      const { deleted, lines, outcome } = await run([first], [second], async () => status);
      expect([outcome, deleted]).toEqual(['done', []]);
      expect(lines).toEqual([
        `The clusters are kept, since their stack is not being deleted: ${status}`,
      ]);
    },
  );

  it('asks again where the status of the stack cannot be read', async () => {
    let asked = 0;
    const { deleted, outcome } = await run([first, absent], [second, absent], async () => {
      asked += 1;
      if (asked < 4) throw serviceError('AccessDenied');
      return 'DELETE_IN_PROGRESS';
    });
    expect([outcome, deleted]).toEqual(['done', [primaryArn, secondaryArn]]);
  });

  it('deletes neither where one is protected, and says how to go on', async () => {
    const { deleted, outcome } = await run([first], [{ ...second, deletionProtected: true }]);
    expect(outcome).toBe(
      'Cluster second in us-west-2 refuses deletion: run aws dsql update-cluster --region us-west-2 --identifier second --no-deletion-protection-enabled, then destroy again',
    );
    expect(deleted).toEqual([]);
  });

  it.each(['AccessDeniedException', 'ConflictException', 'ThrottlingException', 'TimeoutError'])(
    'survives ten looks that fail with %s',
    async (name) => {
      const failures = Array(10).fill(serviceError(name));
      const { deleted, outcome } = await run([...failures, first, absent], [second, absent]);
      expect([outcome, deleted]).toEqual(['done', [primaryArn]]);
    },
  );

  it('ends with the next step when its time is up', async () => {
    const { outcome } = await run([leavingFirst], [leavingSecond]);
    expect(outcome).toBe(
      'Not finished in time. Destroy again: it goes on where this one ended. If it fails like this again, look at both clusters in the console of DSQL. ' +
        'Seen last: first in us-east-1 is PENDING_DELETE, second in us-west-2 is PENDING_DELETE',
    );
  });
});
