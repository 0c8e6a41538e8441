import type { Json, JsonObject } from '../../../../packages/cli/src/local/template/json.ts';
import { document, type Form, first, form, functionArn, nameOfArn } from './form.ts';

const lambdaFunction = form(
  'AWS::Lambda::Function',
  ({ function_name }) => function_name,
  (values) => ({
    FunctionName: values['function_name'],
    Description: values['description'],
    Code: { archive: String(values['filename']).replace(/^.*\/|\.zip$/g, '') },
    Handler: values['handler'],
    Runtime: values['runtime'],
    Architectures: values['architectures'],
    MemorySize: values['memory_size'],
    Timeout: values['timeout'],
    ReservedConcurrentExecutions: values['reserved_concurrent_executions'],
    Role: values['role'],
    Environment: { Variables: first(values['environment'])['variables'] },
    LoggingConfig: { LogGroup: first(values['logging_config'])['log_group'] },
    TracingConfig:
      values['tracing_config'] === undefined ||
      (values['tracing_config'] as readonly Json[]).length === 0
        ? null
        : { Mode: first(values['tracing_config'])['mode'] },
    Tags: values['tags'],
  }),
  [
    ...['function_name', 'description', 'filename', 'source_code_hash', 'handler', 'runtime'],
    ...['architectures', 'memory_size', 'timeout', 'reserved_concurrent_executions', 'role'],
    ...['environment', 'logging_config', 'tracing_config', 'tags'],
  ],
);

/** The forms of functions and their logs. */
export const computeForms: Readonly<Record<string, Form>> = {
  aws_lambda_function: lambdaFunction,
  aws_cloudwatch_log_group: form(
    'AWS::Logs::LogGroup',
    ({ name }) => name,
    (values) => ({
      ...{ LogGroupName: values['name'], RetentionInDays: values['retention_in_days'] },
      Tags: values['tags'],
    }),
    ['name', 'retention_in_days', 'tags'],
  ),
  aws_lambda_function_url: form(
    'AWS::Lambda::Url',
    ({ function_name }) => function_name,
    (values, planned) => ({
      TargetFunctionArn: functionArn(planned, values['function_name']),
      AuthType: values['authorization_type'],
    }),
    ['function_name', 'authorization_type'],
  ),
  aws_lambda_function_event_invoke_config: form(
    'AWS::Lambda::EventInvokeConfig',
    ({ function_name }) => function_name,
    (values) => ({
      ...{ FunctionName: values['function_name'], Qualifier: values['qualifier'] },
      MaximumEventAgeInSeconds: values['maximum_event_age_in_seconds'],
      MaximumRetryAttempts: values['maximum_retry_attempts'],
      DestinationConfig: {
        OnFailure: {
          Destination: first(first(values['destination_config'])['on_failure'])['destination'],
        },
      },
    }),
    [
      ...['function_name', 'qualifier', 'maximum_event_age_in_seconds', 'maximum_retry_attempts'],
      'destination_config',
    ],
  ),
  aws_lambda_permission: form(
    'AWS::Lambda::Permission',
    ({ source_arn }) => nameOfArn(source_arn),
    (values, planned) => ({
      FunctionName: functionArn(planned, values['function_name']),
      Action: values['action'],
      ...{ Principal: values['principal'], SourceArn: values['source_arn'] },
    }),
    ['action', 'function_name', 'principal', 'source_arn'],
  ),
  aws_lambda_event_source_mapping: form(
    'AWS::Lambda::EventSourceMapping',
    ({ function_name }) => nameOfArn(function_name),
    (values) => ({
      FunctionName: nameOfArn(values['function_name']),
      EventSourceArn: values['event_source_arn'],
      BatchSize: values['batch_size'],
      MaximumBatchingWindowInSeconds: values['maximum_batching_window_in_seconds'],
      FunctionResponseTypes: values['function_response_types'],
      ScalingConfig:
        (values['scaling_config'] as readonly Json[] | undefined)?.length === 0
          ? null
          : { MaximumConcurrency: first(values['scaling_config'])['maximum_concurrency'] },
      Tags: values['tags'],
    }),
    [
      ...['function_name', 'event_source_arn', 'batch_size', 'maximum_batching_window_in_seconds'],
      ...['function_response_types', 'scaling_config', 'tags'],
    ],
  ),
  aws_lambda_invocation: form(
    'Custom::AntipodeMigration',
    () => '',
    (values, planned) => {
      const { Revision: _, ...input } = document(values['input']) as JsonObject;
      return { ...input, ServiceToken: functionArn(planned, values['function_name']) };
    },
    ['function_name', 'input', 'lifecycle_scope'],
  ),
};

/** The forms of queues. */
export const queueForms: Readonly<Record<string, Form>> = {
  aws_sqs_queue: form(
    'AWS::SQS::Queue',
    ({ name }) => name,
    (values) => ({
      QueueName: values['name'],
      MessageRetentionPeriod: values['message_retention_seconds'],
      VisibilityTimeout: values['visibility_timeout_seconds'],
      SqsManagedSseEnabled: values['sqs_managed_sse_enabled'],
      Tags: values['tags'],
    }),
    [
      ...['name', 'message_retention_seconds', 'visibility_timeout_seconds', 'tags'],
      'sqs_managed_sse_enabled',
    ],
  ),
  aws_sqs_queue_redrive_policy: form(
    'AWS::SQS::Queue',
    ({ queue_url }) => nameOfArn(queue_url),
    (values) => ({ RedrivePolicy: document(values['redrive_policy']) }),
    ['queue_url', 'redrive_policy'],
  ),
  aws_sqs_queue_policy: form(
    'AWS::SQS::QueuePolicy',
    ({ queue_url }) => nameOfArn(queue_url),
    (values) => ({ PolicyDocument: document(values['policy']), Queues: [values['queue_url']] }),
    ['queue_url', 'policy'],
  ),
};
