import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import type { Bundle } from '../bundling/bundle.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';

/** How long Lambda tries an asynchronous invocation before the failure queue gets it. */
export type AsyncPolicy = {
  /** Retries after an error of the function, 0 to 2; Lambda waits one minute, then two. */
  readonly retriesMax: number;
  /** How long throttled or failing events are kept, 1 minute to 6 hours. */
  readonly eventAgeMax: Duration;
};

/** Lambda's maximum of both, for events that must not be lost. */
export const patient: AsyncPolicy = { retriesMax: 2, eventAgeMax: Duration.hours(6) };

export type ServiceFunctionProps = {
  readonly functionName: string;
  readonly description: string;
  readonly bundle: Bundle;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  /** Given where something invokes it without waiting for its answer; what it then fails at goes to a queue. */
  readonly asynchronous?: AsyncPolicy;
  /** Environments that may run at once; unlimited unless given. */
  readonly reservedConcurrency?: number;
  /** X-Ray's active tracing; it is the one permission that AWS cannot narrow to a resource. */
  readonly tracing?: boolean;
  readonly logRetention?: RetentionDays;
};

/** A bundled function with a role that may write its own log, and nothing else until it is allowed to. */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  /** Asynchronous invocations that failed for good; there is none for a function that is only called directly. */
  readonly failures: DeadLetterQueue | undefined;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { functionName, bundle } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: props.description,
      code: Code.fromAsset(bundle.directory, { assetHash: bundle.hash }),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    this.failures = props.asynchronous && this.#keepFailures(functionName, props.asynchronous);
  }

  /** Adds to what the function may do. */
  allow(actions: readonly string[], ...resources: readonly [string, ...string[]]): void {
    this.role.addToPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources] }),
    );
  }

  /** Deploys new code only after `dependency`; the role stays free, so that `dependency` may name it. */
  deployAfter(dependency: IDependable): void {
    const code = this.function.node.defaultChild as CfnFunction;
    code.node.addDependency(dependency);
  }

  #keepFailures(functionName: string, policy: AsyncPolicy): DeadLetterQueue {
    const failures = new DeadLetterQueue(this, 'Failures', {
      queueName: `${functionName}-failures`,
      meaning: `${functionName} failed for good`,
    });
    const { queueArn } = failures.queue;
    this.allow(['sqs:SendMessage'], queueArn);
    this.function.configureAsyncInvoke({
      retryAttempts: policy.retriesMax,
      maxEventAge: policy.eventAgeMax,
      onFailure: { bind: () => ({ destination: queueArn }) },
    });
    return failures;
  }
}
