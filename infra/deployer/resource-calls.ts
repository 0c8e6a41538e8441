import { canaryCalls } from './canary-calls.ts';
import { dataCalls, roleCalls } from './data-calls.ts';
import { experimentCalls } from './experiment-calls.ts';
import { functionCalls } from './function-calls.ts';
import { eventCalls, queueCalls } from './messaging-calls.ts';
import { networkCalls } from './network-calls.ts';
import { policyOf, type ResourceCalls } from './resource-call.ts';
import { alarmCalls, logCalls } from './watching-calls.ts';

/** CloudFormation invokes the function of a custom resource with the rights of its role. */
const invocations = policyOf('arn:aws:lambda:*:*:function:{ServiceToken}', 'lambda:InvokeFunction');

/**
 * The calls that CloudFormation makes for each resource type that a service may have. AWS publishes
 * the actions of a type in its schema, by moment (`aws cloudformation describe-type --type RESOURCE
 * --type-name AWS::SQS::Queue`, `handlers`). Left out are those of properties that no template
 * here has.
 */
export const resourceCalls: Readonly<Record<string, readonly ResourceCalls[]>> = {
  ...functionCalls,
  ...canaryCalls,
  ...eventCalls,
  ...queueCalls,
  ...logCalls,
  ...alarmCalls,
  ...roleCalls,
  ...dataCalls,
  ...experimentCalls,
  ...networkCalls,
  'Custom::AntipodeDeletion': invocations,
  'Custom::AntipodeMigration': invocations,
  'Custom::AntipodePeering': invocations,
};
