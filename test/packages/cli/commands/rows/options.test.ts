import { describe, expect, it } from 'vitest';
import { rowsOptions } from '../../../../../packages/cli/src/commands/rows/options.ts';

const from = 'a'.repeat(26);

describe('the options of antipode rows', () => {
  it('name a table, with its schema where it is not that of the service', () => {
    expect(rowsOptions(['compare', 'ledger.accounts', '--from', from])).toMatchObject({
      ...{ command: 'compare', schema: 'ledger', table: 'accounts', from, user: 'admin' },
      ...{ shownMax: 20, dryRun: false, yes: false },
    });
    const args = ['restore', 'accounts', '--from', from, '--where', "id = 'a-1'", '--yes'];
    const options = rowsOptions([...args, '--ca', 'ca.pem']);
    expect(options).toMatchObject({ where: "id = 'a-1'", yes: true, ca: 'ca.pem' });
    expect(options).not.toHaveProperty('schema');
    expect(rowsOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [[], 'rows: give compare or restore, and a table'],
    [['compare'], 'rows: give a table, such as ledger.transactions'],
    [['compare', 'a.b.c'], 'rows: give a table, such as ledger.transactions'],
    [['compare', "a'; --"], 'rows: give a table, such as ledger.transactions'],
    [['compare', 'a', 'b'], 'rows compare: b is one argument too many'],
    [['restore', 'a'], 'rows restore: give --from, the identifier of the restored cluster'],
    [['restore', 'a', '--from', 'x'], 'give --from, the identifier of the restored cluster'],
    [['compare', 'a', '--from', from, '--yes'], 'rows compare takes no --yes'],
    [['compare', 'a', '--from', from, '--max', '0'], 'give a whole number from 1 to 1000'],
  ])('refuse %j', (args, problem) => {
    expect(() => rowsOptions(args)).toThrow(problem);
  });
});
