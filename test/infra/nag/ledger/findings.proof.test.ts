import { describe, expect, it } from 'vitest';
import { frameworkAcknowledgements } from '../../../../infra/nag/index.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { configurations } from '../../support/configurations.ts';
import { openLines, securityOf } from '../../support/security.ts';
import { exampleServices } from '../../support/services.ts';

const services = { ledger, ...exampleServices };

describe('all services in all configurations', () => {
  const used = new Set<string>();

  const cases = Object.entries(services).flatMap(([name, service]) =>
    configurations.map(
      (configuration) => [name, configuration.name, service, configuration] as const,
    ),
  );
  it.each(cases)('%s with %s has no finding without a reason', (_, __, service, configuration) => {
    const report = securityOf(service, configuration);
    for (const { acknowledgement, findings } of report.accepted) {
      if (findings.length > 0) used.add(`${acknowledgement.rule} ${acknowledgement.resources}`);
    }
    expect(openLines(report)).toEqual([]);
  });

  it('use every reason, so that none outlives its finding', () => {
    const all = frameworkAcknowledgements.map(({ rule, resources }) => `${rule} ${resources}`);
    expect(all.filter((one) => !used.has(one))).toEqual([]);
  });
});

it('the ledger with the default settings has as many accepted findings as were reviewed', () => {
  const counts: Record<string, number> = {};
  for (const { acknowledgement, findings } of securityOf(ledger, { environment: {} }).accepted) {
    const { rule } = acknowledgement;
    if (findings.length > 0) counts[rule] = (counts[rule] ?? 0) + findings.length;
  }
  expect(counts).toEqual({
    'Antipode-ClusterBackup[BackupVault]': 2,
    'Antipode-ClusterKey[KmsEncryptionKey]': 2,
    'Antipode-WildcardGrant[dsql:GetCluster-on-*]': 1,
    'Antipode-WildcardGrant[dsql:RemovePeerCluster-on-*]': 1,
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dsql:*:<AWS::AccountId>:cluster/*]': 2,
    'AwsSolutions-SQS3': 14,
    'NIST.800.53.R5-CloudWatchAlarmAction': 38,
    'NIST.800.53.R5-CloudWatchLogGroupEncrypted': 13,
    'NIST.800.53.R5-IAMNoInlinePolicy': 17,
    'NIST.800.53.R5-LambdaConcurrency': 11,
    'NIST.800.53.R5-LambdaDLQ': 11,
    'NIST.800.53.R5-LambdaInsideVPC': 11,
    'Serverless-LambdaDLQ': 11,
    'Serverless-LambdaTracing': 11,
    'Serverless-SQSRedrivePolicy': 14,
  });
});
