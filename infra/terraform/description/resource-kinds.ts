import { isList, type Json, type JsonObject, objectOf } from '../../cloudformation/json.ts';

/** Answers about the other resources of a Region. */
export type Others = {
  /** The key of a resource in its collection, from a `Ref` or a `Fn::GetAtt`. */
  readonly keyOf: (reference: Json | undefined) => Json | undefined;
  /** The type of that resource. */
  readonly typeOf: (reference: Json | undefined) => string | undefined;
  /** Statements of policies by the key of their role. */
  readonly policiesOf: (roleId: string) => JsonObject;
};

/** Makes the entry of one resource, from its properties. */
export type Kind = {
  /** The collection of the description that has the entry. */
  readonly collection: string;
  /** The property with the name that AWS knows the resource by. */
  readonly nameProperty?: string;
  /** The property with the resource that it belongs to, whose key it has too. */
  readonly belongsTo?: string;
  readonly entry: (properties: JsonObject, others: Others, id: string) => JsonObject;
};

/**
 * The given properties, and `null` for those that are absent.
 *
 * @throws {Error} for a property that Terraform's module would ignore
 */
const only = <Name extends string>(
  type: string,
  properties: JsonObject,
  names: readonly Name[],
): Readonly<Record<Name, Json>> => {
  for (const name of Object.keys(properties)) {
    if (name !== 'Tags' && !names.some((known) => known === name)) {
      throw new Error(
        `${type} has ${name}, which Terraform's module ignores: give it to the resource in infra/terraform, and its name to infra/terraform/description/resource-kinds.ts`,
      );
    }
  }
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? null])) as Readonly<
    Record<Name, Json>
  >;
};

const tagsOf = ({ Tags }: JsonObject): JsonObject =>
  Object.fromEntries(
    (isList(Tags) ? Tags : []).map((tag) => {
      const { Key, Value } = objectOf(tag);
      return [String(Key), Value ?? null];
    }),
  );

const keyIn = (others: Others, reference: Json | undefined): Json =>
  others.keyOf(reference) ?? null;

const logGroup: Kind = {
  collection: 'log_groups',
  nameProperty: 'LogGroupName',
  entry: (properties) => {
    const names = ['LogGroupName', 'RetentionInDays'] as const;
    const { LogGroupName: name, RetentionInDays } = only('A log group', properties, names);
    return { name, retention_in_days: RetentionInDays, tags: tagsOf(properties) };
  },
};

const role: Kind = {
  collection: 'roles',
  nameProperty: 'RoleName',
  entry: (properties, { policiesOf }, id) => {
    const names = ['AssumeRolePolicyDocument', 'RoleName', 'Description'] as const;
    const found = only('A role', properties, names);
    return {
      ...{ name: found.RoleName, description: found.Description },
      assume_role_policy: found.AssumeRolePolicyDocument,
      policies: policiesOf(id),
      tags: tagsOf(properties),
    };
  },
};

const lambdaFunction: Kind = {
  collection: 'functions',
  nameProperty: 'FunctionName',
  entry: (properties, others) => {
    const found = only('A function', properties, [
      ...(['FunctionName', 'Description', 'Handler', 'Runtime', 'Architectures'] as const),
      ...(['MemorySize', 'Timeout', 'Role', 'Environment', 'LoggingConfig', 'Code'] as const),
      ...(['ReservedConcurrentExecutions', 'TracingConfig'] as const),
    ]);
    const variables = Object.entries(objectOf(objectOf(found.Environment)['Variables']));
    const isQueue = (value: Json) => others.typeOf(value) === 'AWS::SQS::Queue';
    // These know the stack or its roles: the module has values of its own for them.
    const ofStack = ['CUSTOM_RESOURCE_STACK_ID', 'CLIENT_ROLE_NAMES'];
    return {
      ...{ name: found.FunctionName, description: found.Description, handler: found.Handler },
      ...{ runtime: found.Runtime, architectures: found.Architectures },
      ...{ memory_size: found.MemorySize, timeout: found.Timeout },
      role: keyIn(others, found.Role),
      log_group: keyIn(others, objectOf(found.LoggingConfig)['LogGroup']),
      tracing_config: found.TracingConfig,
      reserved_concurrent_executions: found.ReservedConcurrentExecutions,
      variables: Object.fromEntries(
        variables.filter(([name, value]) => !ofStack.includes(name) && !isQueue(value)),
      ),
      queue_urls: Object.fromEntries(
        variables.flatMap(([name, value]) =>
          isQueue(value) ? [[name, keyIn(others, value)]] : [],
        ),
      ),
      tags: tagsOf(properties),
    };
  },
};

const functionUrl: Kind = {
  collection: 'function_urls',
  belongsTo: 'TargetFunctionArn',
  entry: (properties, others) => {
    const found = only('A function URL', properties, ['TargetFunctionArn', 'AuthType'] as const);
    return {
      function: keyIn(others, found.TargetFunctionArn),
      authorization_type: found.AuthType,
    };
  },
};

const eventInvokeConfig: Kind = {
  collection: 'event_invoke_configs',
  belongsTo: 'FunctionName',
  entry: (properties, others) => {
    const found = only('An event invoke config', properties, [
      ...(['FunctionName', 'Qualifier', 'DestinationConfig'] as const),
      ...(['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'] as const),
    ]);
    const { OnFailure } = objectOf(found.DestinationConfig);
    return {
      ...{ function: keyIn(others, found.FunctionName), qualifier: found.Qualifier },
      maximum_event_age_in_seconds: found.MaximumEventAgeInSeconds,
      maximum_retry_attempts: found.MaximumRetryAttempts,
      on_failure_queue: keyIn(others, objectOf(OnFailure)['Destination']),
    };
  },
};

const permission: Kind = {
  collection: 'permissions',
  belongsTo: 'SourceArn',
  entry: (properties, others) => {
    const found = only('A permission', properties, [
      ...(['Action', 'FunctionName', 'Principal', 'SourceArn'] as const),
    ]);
    return {
      ...{ action: found.Action, principal: found.Principal },
      function: keyIn(others, found.FunctionName),
      rule: keyIn(others, found.SourceArn),
    };
  },
};

const eventSourceMapping: Kind = {
  collection: 'event_source_mappings',
  belongsTo: 'FunctionName',
  entry: (properties, others) => {
    const found = only('An event source mapping', properties, [
      ...(['FunctionName', 'EventSourceArn', 'BatchSize', 'FunctionResponseTypes'] as const),
      ...(['MaximumBatchingWindowInSeconds', 'ScalingConfig'] as const),
    ]);
    return {
      function: keyIn(others, found.FunctionName),
      queue: keyIn(others, found.EventSourceArn),
      batch_size: found.BatchSize,
      maximum_batching_window_in_seconds: found.MaximumBatchingWindowInSeconds,
      function_response_types: found.FunctionResponseTypes,
      maximum_concurrency: objectOf(found.ScalingConfig)['MaximumConcurrency'] ?? null,
      tags: tagsOf(properties),
    };
  },
};

const queue: Kind = {
  collection: 'queues',
  nameProperty: 'QueueName',
  entry: (properties, others) => {
    const found = only('A queue', properties, [
      ...(['QueueName', 'MessageRetentionPeriod', 'VisibilityTimeout'] as const),
      ...(['SqsManagedSseEnabled', 'RedrivePolicy'] as const),
    ]);
    const redrive = objectOf(found.RedrivePolicy);
    return {
      name: found.QueueName,
      message_retention_seconds: found.MessageRetentionPeriod,
      visibility_timeout_seconds: found.VisibilityTimeout,
      sqs_managed_sse_enabled: found.SqsManagedSseEnabled,
      dead_letter_queue: keyIn(others, redrive['deadLetterTargetArn']),
      max_receive_count: redrive['maxReceiveCount'] ?? null,
      tags: tagsOf(properties),
    };
  },
};

const queuePolicy: Kind = {
  collection: 'queue_policies',
  belongsTo: 'Queues',
  entry: (properties, others) => {
    const found = only('A queue policy', properties, ['PolicyDocument', 'Queues'] as const);
    const [first] = isList(found.Queues) ? found.Queues : [];
    return { queue: keyIn(others, first), policy: found.PolicyDocument };
  },
};

/** The kinds of a Region's functions and queues. */
export const computeKinds: Readonly<Record<string, Kind>> = {
  'AWS::Logs::LogGroup': logGroup,
  'AWS::IAM::Role': role,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Url': functionUrl,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::Permission': permission,
  'AWS::Lambda::EventSourceMapping': eventSourceMapping,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
};

export { keyIn, only, tagsOf };
