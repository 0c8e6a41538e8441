import { describe, expect, it } from 'vitest';
import { reportSecurity } from '../../../infra/nag/security-checks.ts';
import { booking } from '../support/booking.ts';
import { teamSurroundings } from '../support/configurations.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { contextOf } from '../support/security.ts';

const openRules = (props: Parameters<typeof placeholderApp>[1]): ReadonlySet<string> => {
  const { open } = reportSecurity(contextOf(placeholderApp(booking, props)), []);
  return new Set(open.map(({ rule }) => rule));
};

/** A default deployment lacks each of these, and the packs say so where no reason is given. */
const rules = [
  'Antipode-ClusterKey[KmsEncryptionKey]',
  'NIST.800.53.R5-CloudWatchAlarmAction',
  'Serverless-LambdaTracing',
];

describe('a service without reasons', () => {
  const bare = openRules({});
  const full = openRules({ environment: { TRACING: 'on' }, surroundings: teamSurroundings });

  it.each([...rules, 'NIST.800.53.R5-LambdaInsideVPC'])('is found to break %s', (rule) => {
    expect([...bare]).toContain(rule);
  });

  it.each(rules.filter((rule) => rule !== 'Serverless-LambdaTracing'))(
    'keeps %s with the resources of a team',
    (rule) => {
      expect([...full]).not.toContain(rule);
    },
  );
});
