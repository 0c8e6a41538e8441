import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import type { FunctionSurroundings } from '../constructs/service-function.ts';
import { RegionalService, type RegionalServiceProps } from './regional-service.ts';

/**
 * Gives the runtime, network, keys and alarm actions of the functions of one stack. It is called
 * for each stack, since VPCs, keys and topics belong to a Region.
 */
export type SurroundingsOf = (stack: Stack) => FunctionSurroundings;

/** The surroundings of a function that calls other Regions, where a VPC has no endpoints. */
export const outsideOfVpc = ({
  vpc,
  vpcSubnets,
  securityGroups,
  ...others
}: FunctionSurroundings): FunctionSurroundings => others;

/** One Region's half of a service, and the stack of the other half. */
export type ServiceStackProps<Service extends DeclaredService> = StackProps &
  Omit<RegionalServiceProps<Service>, 'surroundings'> & {
    /** The network, keys and alarm actions of the functions, made in this stack. */
    readonly surroundings?: SurroundingsOf;
    /** The stack of the other half; tools that look at both Regions find it by this name. */
    readonly peerStack?: string;
  };

/** A stack with one Region's half of a service, and the outputs that people and tools read. */
export class ServiceStack<Service extends DeclaredService = DeclaredService> extends Stack {
  /** The resources of the half. */
  readonly service: RegionalService<Service>;
  /** Whether its alarms tell anybody. */
  readonly tellsAlarms: boolean;

  constructor(scope: Construct, id: string, props: ServiceStackProps<Service>) {
    super(scope, id, props);
    const surroundings = props.surroundings?.(this) ?? {};
    this.tellsAlarms = (surroundings.alarmActions?.length ?? 0) > 0;
    // The CDK leaves `Default` out of the names of resources.
    this.service = new RegionalService(this, 'Default', {
      ...props,
      surroundings,
    });
    const { apiUrl, eventBus } = this.service;
    new CfnOutput(this, 'ApiFunctionName', { value: this.#apiName() });
    new CfnOutput(this, 'ApiUrl', { value: apiUrl.url });
    new CfnOutput(this, 'EventBusName', { value: eventBus.bus.eventBusName });
    new CfnOutput(this, 'DatabaseSchema', { value: props.service.schema });
    new CfnOutput(this, 'ClusterArn', { value: props.cluster.arn });
    new CfnOutput(this, 'WitnessRegion', { value: props.config.witnessRegion });
    new CfnOutput(this, 'PeerRegion', { value: props.peerRegion });
    if (props.peerStack !== undefined) {
      new CfnOutput(this, 'PeerStack', { value: props.peerStack });
    }
  }

  /** The name by which callers invoke the API: Lambda takes an alias behind it. */
  #apiName(): string {
    const { function: fn, alias } = this.service.api;
    return alias ? `${fn.functionName}:${alias.aliasName}` : fn.functionName;
  }
}
