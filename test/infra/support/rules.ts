import { at, listOf, ofType, permissions, queuePolicy, type Template, textOf } from './template.ts';

/** Each rule gives one line per violation, so that a test can name what is wrong. */
export type Rule = (template: Template) => readonly string[];

/**
 * `UpdateCluster` is checked against this pattern, whatever it changes (DSQL API reference,
 * `UpdateCluster`).
 */
const demandedByDsql =
  'dsql:RemovePeerCluster on arn:AWS::Partition:dsql:*:AWS::AccountId:cluster/*';

/** A cluster that a deployment has left over is known by the primary cluster alone. It is read. */
const looksAtLeftOvers =
  /^dsql:GetCluster on arn:AWS::Partition:dsql:[a-z0-9-]+:AWS::AccountId:cluster\/\*$/;

/** No role may act on more than the resources that it names. */
export const wildcards: Rule = (template) =>
  Object.entries(permissions(template)).flatMap(([role, granted]) =>
    granted
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ actions, resources }) =>
        actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}`)),
      )
      .filter(
        (line) => line.includes('*') && line !== demandedByDsql && !looksAtLeftOvers.test(line),
      )
      .map((line) => `${role}: ${line}`),
  );

const arnOf = (logicalId: string): string => textOf({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const queueArns = (template: Template): ReadonlySet<string> =>
  new Set(ofType(template, 'AWS::SQS::Queue').map(([logicalId]) => arnOf(logicalId)));

const mayInvoke = (template: Template, functionArn: string, ruleArn: string): boolean =>
  ofType(template, 'AWS::Lambda::Permission').some(
    ([, { Properties }]) =>
      textOf(Properties['FunctionName']) === functionArn &&
      textOf(Properties['SourceArn']) === ruleArn &&
      Properties['Principal'] === 'events.amazonaws.com' &&
      Properties['Action'] === 'lambda:InvokeFunction',
  );

const maySend = (template: Template, queueArn: string, ruleArn: string): boolean =>
  queuePolicy(template, queueArn.replace(/\.Arn$/, '')).some(
    ({ effect, actions, condition, principal }) =>
      effect === 'Allow' &&
      actions.includes('sqs:SendMessage') &&
      at(principal, 'Service') === 'events.amazonaws.com' &&
      textOf(at(condition, 'ArnEquals', 'aws:SourceArn')) === ruleArn,
  );

const roleMay = (template: Template, roleArn: string, action: string, resource: string): boolean =>
  (permissions(template)[roleArn.replace(/\.Arn$/, '')] ?? []).some(
    ({ effect, actions, resources }) =>
      effect === 'Allow' && actions.includes(action) && resources.includes(resource),
  );

const functionArns = (template: Template): ReadonlySet<string> =>
  new Set(ofType(template, 'AWS::Lambda::Function').map(([logicalId]) => arnOf(logicalId)));

/** EventBridge drops what it cannot deliver unless the target has a queue that takes it. */
export const ruleTargets: Rule = (template) =>
  ofType(template, 'AWS::Events::Rule').flatMap(([logicalId, { Properties }]) =>
    listOf(Properties['Targets']).flatMap((target) => {
      const rule = arnOf(logicalId);
      const queue = textOf(at(target, 'DeadLetterConfig', 'Arn'));
      const arn = textOf(at(target, 'Arn'));
      const invokes = functionArns(template).has(arn);
      const feeds = queueArns(template).has(arn);
      const role = textOf(at(target, 'RoleArn'));
      return [
        ...(queueArns(template).has(queue) ? [] : [`${rule}: no dead-letter queue`]),
        ...(maySend(template, queue, rule) ? [] : [`${rule}: may not send to ${queue}`]),
        ...(!invokes || mayInvoke(template, arn, rule) ? [] : [`${rule}: may not invoke ${arn}`]),
        ...(!feeds || maySend(template, arn, rule) ? [] : [`${rule}: may not send to ${arn}`]),
        ...(invokes || feeds || roleMay(template, role, 'events:PutEvents', arn)
          ? []
          : [`${rule}: no role that may put events to ${arn}`]),
      ];
    }),
  );

/** The Scheduler uses the role of the schedule for the function and for the queue. */
export const scheduleTargets: Rule = (template) =>
  ofType(template, 'AWS::Scheduler::Schedule').flatMap(([logicalId, { Properties }]) => {
    const target = Properties['Target'];
    const role = textOf(at(target, 'RoleArn'));
    const queue = textOf(at(target, 'DeadLetterConfig', 'Arn'));
    const arn = textOf(at(target, 'Arn'));
    return [
      ...(queueArns(template).has(queue) ? [] : [`${logicalId}: no dead-letter queue`]),
      ...(roleMay(template, role, 'sqs:SendMessage', queue)
        ? []
        : [`${logicalId}: may not send to ${queue}`]),
      ...(roleMay(template, role, 'lambda:InvokeFunction', arn)
        ? []
        : [`${logicalId}: may not invoke ${arn}`]),
    ];
  });

/**
 * A function that is invoked asynchronously drops what it fails at unless it has a destination for
 * it.
 */
export const asynchronousFunctions: Rule = (template) => {
  const targets = [
    ...ofType(template, 'AWS::Events::Rule').flatMap(([, { Properties }]) =>
      listOf(Properties['Targets']).map((target) => textOf(at(target, 'Arn'))),
    ),
    ...ofType(template, 'AWS::Scheduler::Schedule').map(([, { Properties }]) =>
      textOf(at(Properties, 'Target', 'Arn')),
    ),
  ].filter((arn) => functionArns(template).has(arn));
  return targets.flatMap((arn) => {
    const name = arn.replace(/\.Arn$/, '');
    const config = ofType(template, 'AWS::Lambda::EventInvokeConfig').find(
      ([, { Properties }]) => textOf(Properties['FunctionName']) === name,
    )?.[1].Properties;
    const queue = textOf(at(config, 'DestinationConfig', 'OnFailure', 'Destination'));
    const role = ofType(template, 'AWS::Lambda::Function')
      .filter(([logicalId]) => arnOf(logicalId) === arn)
      .map(([, { Properties }]) => textOf(Properties['Role']))[0];
    return [
      ...(queueArns(template).has(queue) ? [] : [`${name}: no queue for failures`]),
      ...(roleMay(template, role ?? '', 'sqs:SendMessage', queue)
        ? []
        : [`${name}: may not send to ${queue}`]),
    ];
  });
};

/** The queues that functions read. */
const feeding = (template: Template): ReadonlySet<string> =>
  new Set(
    ofType(template, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) =>
      textOf(Properties['EventSourceArn']),
    ),
  );

/** A queue that fills without anyone knowing loses its messages after fourteen days. */
export const queues: Rule = (template) =>
  ofType(template, 'AWS::SQS::Queue').flatMap(([logicalId]) => {
    const queue = textOf({ Ref: logicalId });
    const alarmed = ofType(template, 'AWS::CloudWatch::Alarm').some(
      ([, { Properties }]) =>
        textOf(at(Properties, 'Dimensions', 0, 'Value')) === `${queue}.QueueName` &&
        // Messages of a queue that a function reads are no failure until they wait too long.
        (Properties['MetricName'] === 'ApproximateAgeOfOldestMessage'
          ? feeding(template).has(`${queue}.Arn`)
          : Properties['MetricName'] === 'ApproximateNumberOfMessagesVisible' &&
            Properties['Threshold'] === 0),
    );
    const encryptedInTransit = queuePolicy(template, queue).some(
      ({ effect, condition }) =>
        effect === 'Deny' && at(condition, 'Bool', 'aws:SecureTransport') === 'false',
    );
    return [
      ...(alarmed ? [] : [`${queue}: no alarm`]),
      ...(encryptedInTransit ? [] : [`${queue}: takes messages without TLS`]),
    ];
  });

/** Old and oversized functions are seldom chosen; they are left over from defaults. */
export const functions: Rule = (template) =>
  ofType(template, 'AWS::Lambda::Function').flatMap(([logicalId, { Properties }]) =>
    [
      ['Runtime', Properties['Runtime'] === 'nodejs24.x'],
      ['Architectures', JSON.stringify(Properties['Architectures']) === '["arm64"]'],
      ['Handler', Properties['Handler'] === 'index.handler'],
      ['MemorySize', typeof Properties['MemorySize'] === 'number'],
      ['Timeout', typeof Properties['Timeout'] === 'number'],
      ['LoggingConfig', at(Properties['LoggingConfig'], 'LogGroup') !== undefined],
    ].flatMap(([name, right]) => (right ? [] : [`${logicalId}: ${name}`])),
  );

export const rules: Readonly<Record<string, Rule>> = {
  wildcards,
  ruleTargets,
  scheduleTargets,
  asynchronousFunctions,
  queues,
  functions,
};
