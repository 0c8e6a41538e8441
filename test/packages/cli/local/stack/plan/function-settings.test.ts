import { describe, expect, it } from 'vitest';
import {
  codeDirOf,
  functionSettings,
} from '../../../../../../packages/cli/src/local/stack/plan/function-settings.ts';
import type { JsonObject } from '../../../../../../packages/cli/src/local/template/json.ts';
import { model, stack } from '../../template/fixture.ts';

const settingsOf = (properties: JsonObject, others: JsonObject = {}) => {
  const app = {
    ...stack('app', 'us-east-1', {
      Resources: { Fn: { Type: 'AWS::Lambda::Function', Properties: properties }, ...others },
    }),
    assets: new Map([['code.zip', '/out/asset.code']]),
  };
  const resources = model([app]).resources();
  const fn = resources.find(({ logicalId }) => logicalId === 'Fn');
  if (!fn) throw new Error('no function');
  return functionSettings(fn, resources, codeDirOf(fn, { directory: '/out', stacks: [app] }));
};

const least = { FunctionName: 'f', Runtime: 'nodejs24.x', Code: { S3Key: 'code.zip' } };

describe('functionSettings', () => {
  it("fills in Lambda's defaults, and finds the code among the assets", () => {
    expect(settingsOf({ ...least, Handler: 'index.handler' })).toMatchObject({
      name: 'f',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      codeDir: '/out/asset.code',
      handler: 'index.handler',
      timeoutSeconds: 3,
      memoryMb: 128,
      reservedConcurrency: undefined,
    });
  });

  it('keeps what its description says beside what its process needs', () => {
    const settings = settingsOf({
      ...least,
      Runtime: 'nodejs22.x',
      Role: 'arn:aws:iam::000000000000:role/f',
      Architectures: ['arm64'],
      Description: 'Does something.',
      EphemeralStorage: { Size: 1024 },
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
      DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:dlq' },
    });
    expect(settings.runtime).toBe('nodejs22.x');
    expect(settings.template).toEqual({
      roleArn: 'arn:aws:iam::000000000000:role/f',
      architecture: 'arm64',
      description: 'Does something.',
      ephemeralStorageMb: 1024,
      tracingMode: 'Active',
      logging: { LogFormat: 'JSON' },
      deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:dlq',
    });
  });

  it('reads what configures its asynchronous invocations from outside', () => {
    const config = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Fn' },
        MaximumRetryAttempts: 1,
        DestinationConfig: {
          OnFailure: { Destination: 'arn:queue' },
          OnSuccess: { Destination: 'arn:bus' },
        },
      },
    };
    expect(settingsOf(least, { Config: config }).asyncConfig).toMatchObject({
      maximumRetryAttempts: 1,
      onFailureArn: 'arn:queue',
      onSuccessArn: 'arn:bus',
    });
  });

  it.each([
    [
      'a runtime of another language',
      { ...least, Runtime: 'python3.14' },
      'app/Fn: the runtime python3.14',
    ],
    [
      'code that is not an asset',
      { ...least, Code: { ZipFile: '…' } },
      'app/Fn: its code is not among the assets',
    ],
  ])('refuses %s', (_, properties, reason) => {
    expect(() => settingsOf(properties)).toThrow(reason);
  });
});
