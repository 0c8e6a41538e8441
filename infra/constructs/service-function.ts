import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  Effect,
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  type CfnFunction,
  Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { Bundle } from '../bundling/bundle.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { InvalidProp, requireSeconds, requireWithin } from './props.ts';

/** How long Lambda tries an asynchronous invocation before the failure queue gets it. */
export type AsyncPolicy = {
  /** Retries after an error of the function, 0 to 2; Lambda waits one minute, then two. */
  readonly retriesMax: number;
  /** How long throttled or failing events are kept, 1 minute to 6 hours. */
  readonly eventAgeMax: Duration;
};

/** Lambda's maximum of both, for events that must not be lost. */
export const patient: AsyncPolicy = { retriesMax: 2, eventAgeMax: Duration.hours(6) };

/**
 * The runtime, network, keys and alarm actions of functions. All functions of a stack may share it.
 */
export type FunctionSurroundings = {
  /** Node of the bundle's target or newer; `nodejs24.x` unless given. */
  readonly runtime?: Runtime;
  /** `arm64` unless given. */
  readonly architecture?: Architecture;
  /**
   * A function in a VPC needs a way to DSQL, EventBridge, CloudWatch Logs and, for a consumer, SQS:
   * endpoints, or a NAT gateway.
   */
  readonly vpc?: IVpc;
  /** The subnets with a way out unless given. */
  readonly vpcSubnets?: SubnetSelection;
  /** A security group of its own unless given. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Encrypts the log, the variables and the messages of the failure queue; keys of AWS unless
   * given.
   */
  readonly encryptionKey?: IKey;
  /** Receive the alarm of the failure queue. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/** One function of a service: its code, its size and its time. */
export type ServiceFunctionProps = FunctionSurroundings & {
  /** CloudFormation names it, its log and its queue unless given. */
  readonly functionName?: string;
  /** Tells people the function's use; at most 256 characters. */
  readonly description: string;
  /** The code, from `bundle`. */
  readonly bundle: Bundle;
  /** The variables of the function. Lambda takes 4 KB of them in all. */
  readonly environment: Readonly<Record<string, string>>;
  /** 128 to 10,240. */
  readonly memoryMb: number;
  /** 1 to 900 seconds. */
  readonly timeout: Duration;
  /**
   * Give it when callers invoke the function without waiting for its answer. Failed events then go
   * to a queue.
   */
  readonly asynchronous?: AsyncPolicy;
  /**
   * Puts an alias of this name before the function: each deployment then publishes a version, and
   * the alias leads callers to it. It is for functions whose callers wait: the events of an
   * asynchronous one are tried again. Callers invoke the function itself unless given.
   */
  readonly aliasName?: string;
  /** Environments that may run at once; unlimited unless given. */
  readonly reservedConcurrency?: number;
  /** X-Ray's active tracing; it is the one permission that AWS cannot narrow to a resource. */
  readonly tracing?: boolean;
  /** How long its log is kept; a month unless given. */
  readonly logRetention?: RetentionDays;
};

/**
 * A bundled function. Its role may write its own log, and gets every other permission by a grant.
 *
 * @throws {InvalidProp} for a number that Lambda would refuse
 */
export class ServiceFunction extends Construct implements IGrantable {
  /** The Lambda function itself. */
  readonly function: LambdaFunction;
  /**
   * The role that the function runs under. It may do what the function was granted and nothing
   * else.
   */
  readonly role: Role;
  /**
   * Asynchronous invocations that failed for good; there is none for a function that is only called
   * directly.
   */
  readonly failures: DeadLetterQueue | undefined;
  /** Leads to the version that callers get; absent where they invoke the function itself. */
  readonly alias: Alias | undefined;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.#require(props);
    const { functionName, bundle, vpc, vpcSubnets, securityGroups, encryptionKey } = props;
    const logGroup = this.#logGroup(props);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    if (vpc) this.#allowInterfaces();
    // Lambda reads the variables in the name of the role.
    encryptionKey?.grantDecrypt(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      ...defined({
        functionName,
        vpc,
        vpcSubnets,
        securityGroups: securityGroups && [...securityGroups],
        reservedConcurrentExecutions: props.reservedConcurrency,
        environmentEncryption: encryptionKey,
      }),
      description: props.description,
      code: Code.fromAsset(bundle.directory, { assetHash: bundle.hash }),
      handler: 'index.handler',
      runtime: props.runtime ?? Runtime.NODEJS_24_X,
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { ...props.environment },
      role: this.role,
      currentVersionOptions: { removalPolicy: RemovalPolicy.DESTROY },
      logGroup,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    });
    this.failures = props.asynchronous && this.#keepFailures(props, props.asynchronous);
    this.alias = props.aliasName === undefined ? undefined : this.#alias(props.aliasName);
  }

  /** The part that callers invoke. */
  get entry(): IFunction {
    return (this.alias ?? this.function) as IFunction;
  }

  /** Its role: constructs of the CDK grant to the function itself. */
  get grantPrincipal(): IPrincipal {
    return this.role;
  }

  /** Adds to what the function may do. */
  allow(actions: readonly string[], ...resources: readonly [string, ...string[]]): void {
    this.role.addToPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources] }),
    );
  }

  /**
   * Deploys new code only after `dependency`; the role stays free, so that `dependency` may name
   * it.
   */
  deployAfter(dependency: IDependable): void {
    const code = this.function.node.defaultChild as CfnFunction;
    code.node.addDependency(dependency);
  }

  /** Lets Lambda make network interfaces with the role, and keeps the code from doing so. */
  #allowInterfaces(): void {
    this.allow(interfaceActions, '*');
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: interfaceActions,
        resources: ['*'],
        // The code's own calls have this key (Lambda developer guide, VPC permissions). No ARN is
        // named: the function waits for its policy.
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
    );
  }

  /**
   * The version is deleted with the deployment that replaces it: its code counts against the 75 GB
   * of an account (Lambda quotas), and the way back to older code is to deploy that code again.
   */
  #alias(aliasName: string): Alias {
    // The CDK's classes do not meet its own interfaces under `exactOptionalPropertyTypes`.
    const version = this.function.currentVersion as IVersion;
    return new Alias(this, 'Alias', { aliasName, version });
  }

  #require(props: ServiceFunctionProps): void {
    const { memoryMb, timeout, asynchronous, reservedConcurrency, aliasName } = props;
    if (asynchronous && aliasName !== undefined) {
      throw new InvalidProp(
        `${this.node.path} is asynchronous, its events are tried again: give it no aliasName`,
      );
    }
    requireWithin(this, 'memoryMb', memoryMb, [128, 10_240]);
    requireSeconds(this, 'timeout', timeout, [1, 900]);
    requireWithin(this, 'reservedConcurrency', reservedConcurrency, [0, 1_000_000]);
    requireWithin(this, 'asynchronous.retriesMax', asynchronous?.retriesMax, [0, 2]);
    requireSeconds(this, 'asynchronous.eventAgeMax', asynchronous?.eventAgeMax, [60, 6 * 3_600]);
  }

  #logGroup({ functionName, logRetention, encryptionKey }: ServiceFunctionProps): LogGroup {
    encryptionKey?.grantEncryptDecrypt(logsOfAccount(Stack.of(this)));
    return new LogGroup(this, 'Logs', {
      ...defined({
        logGroupName: functionName === undefined ? undefined : `/aws/lambda/${functionName}`,
        encryptionKey,
      }),
      retention: logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #keepFailures(props: ServiceFunctionProps, policy: AsyncPolicy): DeadLetterQueue {
    const { functionName, alarmActions, encryptionKey } = props;
    const failures = new DeadLetterQueue(this, 'Failures', {
      ...defined({
        queueName: functionName === undefined ? undefined : `${functionName}-failures`,
        alarmActions,
        encryptionKey,
      }),
      meaning: `${functionName ?? this.node.path} failed for good`,
    });
    failures.grantSend(this);
    this.function.configureAsyncInvoke({
      retryAttempts: policy.retriesMax,
      maxEventAge: policy.eventAgeMax,
      onFailure: { bind: () => ({ destination: failures.queue.queueArn }) },
    });
    return failures;
  }
}

/** A function that callers reach by an alias. */
export type AliasedFunction = ServiceFunction & { readonly alias: Alias };

export const hasAlias = (fn: ServiceFunction): fn is AliasedFunction => fn.alias !== undefined;

/**
 * CloudWatch Logs on behalf of this account's log groups (CloudWatch Logs user guide, "Encrypt log
 * data in CloudWatch Logs using AWS KMS").
 */
export const logsOfAccount = (stack: Stack): ServicePrincipal =>
  new ServicePrincipal(`logs.${stack.region}.amazonaws.com`, {
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': stack.formatArn({ service: 'logs', resource: '*' }),
      },
    },
  });

/**
 * The actions of Lambda on network interfaces (developer guide, VPC permissions). Interfaces are no
 * resources before they are made, so AWS cannot narrow these to one.
 */
const interfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
