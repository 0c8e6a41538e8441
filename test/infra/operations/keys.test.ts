import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { grantCallUrl } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { emptyBundle, functionMaker, stackOf, templateOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import {
  allowList,
  at,
  ofType,
  permissions,
  type Template,
  textOf,
  theOnly,
} from '../support/template.ts';

type Options = Parameters<typeof placeholderApp<typeof booking>>[1];

const templatesOf = (options: Options) => {
  const assembly = placeholderApp(booking, options).synth();
  return (name: string): Template =>
    assembly.getStackByName(`antipode-booking-${name}`).template as Template;
};

/** The properties that name a key, by type. */
const keyProperties: Readonly<Record<string, string>> = {
  'AWS::Backup::BackupVault': 'EncryptionKeyArn',
  'AWS::DSQL::Cluster': 'KmsEncryptionKey',
  'AWS::Events::Archive': 'KmsKeyIdentifier',
  'AWS::Events::EventBus': 'KmsKeyIdentifier',
  'AWS::Lambda::Function': 'KmsKeyArn',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
};

const stacks = ['data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary'];

const encrypted = (template: Template) =>
  Object.entries(keyProperties).flatMap(([type, property]) =>
    ofType(template, type).map(([, { Properties }]) => [type, textOf(Properties[property])]),
  );

describe('a customer key', () => {
  const environment = {
    ...{ CUSTOMER_KEY: 'on', BACKUP_DAYS: '7', ALARM_EMAIL: 'on-call@example.com' },
  };
  const of = templatesOf({ environment });

  it('encrypts all that each stack keeps', () => {
    const found = stacks.flatMap((stack) => encrypted(of(stack)));
    expect(new Set(found.map(([type]) => type))).toEqual(new Set(Object.keys(keyProperties)));
    expect(found.filter(([, key]) => key !== 'Key.Arn')).toEqual([]);
  });

  it('is rotated, and outlives its stack with what it has encrypted', () => {
    for (const stack of stacks) {
      const key = theOnly(of(stack), 'AWS::KMS::Key');
      expect([stack, key.Properties['EnableKeyRotation']]).toEqual([stack, true]);
      expect(key.DeletionPolicy).toBe('Retain');
    }
    const thrownAway = templatesOf({ environment: { ...environment, PROTECT_DATA: 'off' } });
    expect(theOnly(thrownAway('primary'), 'AWS::KMS::Key').DeletionPolicy).toBe('Delete');
  });

  it('may be used by each role whose function has its variables encrypted', () => {
    const template = of('primary');
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      const role = textOf(Properties['Role']).replace('.Arn', '');
      expect([role, allowList(permissions(template)[role] ?? [])]).toEqual([
        role,
        expect.arrayContaining(['kms:Decrypt on Key.Arn']),
      ]);
    }
  });

  it('gives way to a key of the surroundings, and is not there by default', () => {
    const own = templatesOf({
      environment,
      surroundings: (stack) => ({ encryptionKey: new Key(stack, 'Own') }),
    });
    const keys = stacks.flatMap((stack) => ofType(own(stack), 'AWS::KMS::Key').map(([id]) => id));
    expect(keys.filter((id) => !id.startsWith('Own'))).toEqual([]);
    const plain = templatesOf({});
    expect(stacks.flatMap((stack) => ofType(plain(stack), 'AWS::KMS::Key'))).toEqual([]);
  });
});

describe('a caller of a Function URL', () => {
  it('gets the two actions that Lambda asks for, and no way around the URL', () => {
    const stack = stackOf();
    const caller = new Role(stack, 'Website', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    const api = functionMaker(emptyBundle())(stack, 'api', {});
    grantCallUrl(caller, api).assertSuccess();
    const granted = permissions(templateOf(stack))['Website'] ?? [];
    expect(
      granted.map(({ actions, resources, condition }) => [actions, resources, condition]),
    ).toEqual([
      [
        ...[['lambda:InvokeFunctionUrl'], ['apiFunction.Arn']],
        { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
      ],
      [
        ...[['lambda:InvokeFunction'], ['apiFunction.Arn']],
        { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      ],
    ]);
    expect(at(granted, 0, 'effect')).toBe('Allow');
  });
});
