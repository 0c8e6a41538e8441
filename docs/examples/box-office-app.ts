import { synthesizeTwoRegions } from 'antipode/infra';
import type { Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { box } from './seats.ts';

/** The topic that wakes the team, which is there in both Regions. */
const onCall = (stack: Stack) =>
  Topic.fromTopicArn(stack, 'OnCall', stack.formatArn({ service: 'sns', resource: 'on-call' }));

await synthesizeTwoRegions(box, {
  entries: new URL('../src/handlers/box', import.meta.url),
  surroundings: (stack) => ({ alarmActions: [new SnsAction(onCall(stack))] }),
  functions: { api: { memoryMb: 1_769 } },
});
