import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantsOf, missingReasons, type ReviewedGrants } from '../support/grants.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { reviewedServices } from './reviewed.ts';

describe.each(reviewedServices.map(([service, file]) => [service.name, service, file] as const))(
  'the reviewed permissions of %s',
  (_, service, file) => {
    const reviewed = JSON.parse(readFileSync(file, 'utf8')) as ReviewedGrants;

    it('are those of its templates: `npm run permissions` writes them', () => {
      expect(grantsOf(service, reviewed, join(temporaryFolder(), 'apps'))).toEqual(reviewed);
    });

    it('have a reason each, and a source where AWS takes `*` alone', () => {
      expect(missingReasons(reviewed)).toEqual([]);
    });
  },
);

describe('a permission', () => {
  const withReason = (line: string, reason: string): ReviewedGrants => ({
    defaults: { primary: { ApiRole: { [line]: reason } } },
  });
  const reason = 'DSQL takes this pattern alone';

  it.each([
    ['without a reason', 'dsql:DbConnect on Cluster.Arn', ''],
    ['with a reason that says nothing', 'dsql:DbConnect on Cluster.Arn', 'it is needed'],
    ['on everything without a source', 'dsql:DbConnect on *', reason],
    ['to do everything without a source', 'dsql:* on Cluster.Arn', reason],
  ])('%s is found', (_, line, given) => {
    expect(missingReasons(withReason(line, given))).toEqual([`primary ApiRole: ${line}`]);
  });

  it.each([
    ['with a reason', 'dsql:DbConnect on Cluster.Arn', reason],
    ['on everything with a source', 'dsql:DbConnect on *', `${reason} (DSQL user guide)`],
    ['that is refused to everyone', 'Deny *: sqs:* on Queue.Arn', reason],
  ])('%s passes', (_, line, given) => {
    expect(missingReasons(withReason(line, given))).toEqual([]);
  });
});
