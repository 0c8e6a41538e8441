import type { RuleFinding, SecurityRule } from './rule.ts';
import { at, listOf, type Named, ofType, referenceOf, type Template } from './template.ts';

/** A way along which a message travels without a caller who waits for it. */
type Edge = {
  readonly resource: Named;
  /** Tells the edges of one resource apart. */
  readonly detail: string;
  /** The place for messages that the edge gives up. */
  readonly failures: unknown;
};

const edgesOf = (
  template: Template,
  type: string,
  failures: (properties: Named['properties']) => unknown,
  isEdge: (properties: Named['properties']) => boolean = () => true,
): readonly Edge[] =>
  ofType(template, type)
    .filter(({ properties }) => isEdge(properties))
    .map((resource) => ({ resource, detail: '', failures: failures(resource.properties) }));

const targetsOf = (template: Template): readonly unknown[] => [
  ...ofType(template, 'AWS::Events::Rule').flatMap(({ properties }) =>
    listOf(properties['Targets']).map((target) => at(target, 'Arn')),
  ),
  ...ofType(template, 'AWS::Scheduler::Schedule').map(({ properties }) =>
    at(properties, 'Target', 'Arn'),
  ),
  ...ofType(template, 'AWS::SNS::Subscription')
    .filter(({ properties }) => properties['Protocol'] === 'lambda')
    .map(({ properties }) => properties['Endpoint']),
];

/**
 * Functions that events, schedules and topics invoke, with the place where Lambda puts failed
 * invocations.
 */
const invoked = (template: Template): readonly Edge[] => {
  const invokedIds = new Set(targetsOf(template).map(referenceOf));
  const configs = ofType(template, 'AWS::Lambda::EventInvokeConfig');
  return ofType(template, 'AWS::Lambda::Function')
    .filter(({ id }) => invokedIds.has(id))
    .map((resource) => {
      const config = configs.find(
        ({ properties }) => referenceOf(properties['FunctionName']) === resource.id,
      );
      const failures =
        at(config?.properties, 'DestinationConfig', 'OnFailure', 'Destination') ??
        at(resource.properties, 'DeadLetterConfig', 'TargetArn');
      return { resource, detail: 'invocations', failures };
    });
};

/** Queues that functions read: SQS moves on messages that a function fails at. */
const readQueues = (template: Template): readonly Edge[] => {
  const read = ofType(template, 'AWS::Lambda::EventSourceMapping').map(({ properties }) =>
    referenceOf(properties['EventSourceArn']),
  );
  return edgesOf(template, 'AWS::SQS::Queue', (properties) =>
    at(properties, 'RedrivePolicy', 'deadLetterTargetArn'),
  ).filter(({ resource }) => read.includes(resource.id));
};

const edgesIn = (template: Template): readonly Edge[] => [
  ...ofType(template, 'AWS::Events::Rule').flatMap((resource) =>
    listOf(resource.properties['Targets']).map((target, index) => ({
      ...{ resource, detail: `target ${index}` },
      failures: at(target, 'DeadLetterConfig', 'Arn'),
    })),
  ),
  ...edgesOf(template, 'AWS::Scheduler::Schedule', (properties) =>
    at(properties, 'Target', 'DeadLetterConfig', 'Arn'),
  ),
  ...edgesOf(
    template,
    'AWS::SNS::Subscription',
    (properties) => at(properties, 'RedrivePolicy', 'deadLetterTargetArn'),
    // A person's mail has no queue.
    ({ Protocol }) => ['lambda', 'sqs', 'https', 'http', 'firehose'].includes(String(Protocol)),
  ),
  ...edgesOf(template, 'AWS::EventsV2::Subscriber', (properties) =>
    at(properties, 'OnFailureConfiguration', 'Arn'),
  ),
  ...invoked(template),
  ...readQueues(template),
];

const findingOf = ({ resource, detail }: Edge): RuleFinding => ({
  resource: resource.id,
  detail: detail || resource.type,
});

/** A message that cannot be delivered or handled goes to a queue. */
export const asyncEdgeQueue: SecurityRule = {
  id: 'AsyncEdgeQueue',
  info: 'Messages that this cannot deliver or handle are lost.',
  remedy: 'Give it a dead-letter queue, or a destination for failures.',
  check: (template) =>
    edgesIn(template)
      .filter(({ failures }) => failures === undefined)
      .map(findingOf),
};

/** Alarms on the first message of a queue, or on the age of its oldest. */
const watchedQueues = (template: Template): ReadonlySet<string | undefined> =>
  new Set(
    ofType(template, 'AWS::CloudWatch::Alarm')
      .filter(({ properties }) => properties['Namespace'] === 'AWS/SQS')
      .filter(
        ({ properties }) =>
          properties['MetricName'] === 'ApproximateAgeOfOldestMessage' ||
          (properties['MetricName'] === 'ApproximateNumberOfMessagesVisible' &&
            Number(properties['Threshold']) <= 1),
      )
      .flatMap(({ properties }) => listOf(properties['Dimensions']))
      .map((dimension) => referenceOf(at(dimension, 'Value'))),
  );

/** A queue that fills without anyone knowing loses its messages after its retention. */
export const asyncEdgeAlarm: SecurityRule = {
  id: 'AsyncEdgeAlarm',
  info: 'Nobody hears of the messages that this could not deliver or handle.',
  remedy: 'Add an alarm on the first message of the queue that keeps them.',
  check: (template) => {
    const watched = watchedQueues(template);
    const queues = new Set(ofType(template, 'AWS::SQS::Queue').map(({ id }) => id));
    return edgesIn(template)
      .filter(({ failures }) => {
        const queue = referenceOf(failures);
        // A queue of another stack is watched there.
        return queue !== undefined && queues.has(queue) && !watched.has(queue);
      })
      .map(findingOf);
  },
};

const hasBoth = (policy: unknown, age: string, attempts: string): boolean =>
  at(policy, age) !== undefined && at(policy, attempts) !== undefined;

/**
 * Subscribers of the new event buses stop after 5 attempts or 300 seconds unless told otherwise
 * (EventBridge V2 API reference, `RetryPolicy`). A function that is throttled for ten minutes loses
 * events.
 */
export const retryDefaults: SecurityRule = {
  id: 'RetryDefaults',
  info: 'A subscriber of an event bus gives up after 5 attempts or 300 seconds, by default.',
  remedy: 'Set MaxRetryAttempts and MaxEventAgeInSeconds of its RetryPolicy.',
  check: (template) =>
    ofType(template, 'AWS::EventsV2::Subscriber')
      .filter(
        ({ properties }) =>
          !hasBoth(properties['RetryPolicy'], 'MaxEventAgeInSeconds', 'MaxRetryAttempts'),
      )
      .map(({ id }) => ({ resource: id, detail: 'RetryPolicy' })),
};
