import { describe, expect, it } from 'vitest';
import { readAsSpecified } from '../../../../../../packages/cli/src/local/template/validation/read-as.ts';
import { refusalsOf, target, withProperties } from './service.ts';

describe('readAsSpecified', () => {
  it('reads numbers and switches out of texts, and texts out of both', () => {
    const given = {
      Timeout: '30',
      Description: 5,
      Environment: { Variables: { A: 1, B: true, C: 'c' } },
      VpcConfig: { Ipv6AllowedForDualStack: 'false' },
      Architectures: ['arm64'],
    };
    expect(readAsSpecified('AWS::Lambda::Function', given)).toEqual({
      Timeout: 30,
      Description: '5',
      Environment: { Variables: { A: '1', B: 'true', C: 'c' } },
      VpcConfig: { Ipv6AllowedForDualStack: false },
      Architectures: ['arm64'],
    });
  });

  it('leaves other texts, values with several forms and unknown properties as they are', () => {
    const given = { Timeout: 'soon', MemorySize: '0x80', Layers: 'l', Unknown: '1', Code: '1' };
    expect(readAsSpecified('AWS::Lambda::Function', given)).toEqual(given);
    const policy = { RedrivePolicy: '3' };
    expect(readAsSpecified('AWS::SQS::Queue', policy)).toEqual(policy);
    expect(readAsSpecified('Custom::Thing', { A: '1' })).toEqual({ A: '1' });
  });

  it('lets the services take what CloudFormation takes', () => {
    const RetryPolicy = { MaximumRetryAttempts: '3', MaximumEventAgeInSeconds: '60' };
    expect(refusalsOf(withProperties('Rule', target({ RetryPolicy })))).toEqual([]);
    const queue = { FifoQueue: 'false', VisibilityTimeout: '60', DelaySeconds: '0' };
    expect(refusalsOf(withProperties('Failures', queue))).toEqual([]);
  });
});
