import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  InterfaceVpcEndpointService,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { DsqlCluster } from '../constructs/dsql-cluster.ts';

/** DSQL's own port, behind PrivateLink too (user guide, AWS PrivateLink). */
const databasePort = 5432;

/**
 * The services that the functions call: the bus, the relay's own function, and the dead letters of
 * a consumer. Lambda writes the logs itself, outside of the VPC.
 */
const services = {
  Events: InterfaceVpcEndpointAwsService.EVENTBRIDGE,
  Lambda: InterfaceVpcEndpointAwsService.LAMBDA,
  Queues: InterfaceVpcEndpointAwsService.SQS,
};

/** The cluster that the functions connect to, and the services that they call. */
export type PrivateNetworkProps = {
  /** The endpoint is that of its own service name, which AWS gives to each cluster. */
  readonly cluster: Pick<DsqlCluster, 'vpcEndpointServiceName'>;
  /** Whether functions send spans to X-Ray. */
  readonly tracing: boolean;
};

/**
 * A VPC without a way to the internet, for the functions of a service: two Availability Zones, an
 * interface endpoint of the cluster that takes connections of the functions only, and endpoints of
 * the services that they call. A custom resource answers through the endpoint of S3.
 *
 * @example
 * const { vpc, functions } = new PrivateNetwork(stack, 'Network', { cluster, tracing: false });
 * const surroundings = { vpc, vpcSubnets: PrivateNetwork.subnets, securityGroups: [functions] };
 */
export class PrivateNetwork extends Construct {
  /** The subnets of the functions and of the endpoints. */
  static readonly subnets = { subnetType: SubnetType.PRIVATE_ISOLATED };
  /** The VPC, which has no way to the internet. */
  readonly vpc: IVpc;
  /** The security group of the functions. */
  readonly functions: ISecurityGroup;

  constructor(scope: Construct, id: string, props: PrivateNetworkProps) {
    super(scope, id);
    const { cluster, tracing } = props;
    // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
    this.vpc = new Vpc(this, 'Vpc', {
      ...{ maxAzs: 2, natGateways: 0, restrictDefaultSecurityGroup: false },
      subnetConfiguration: [{ name: 'functions', ...PrivateNetwork.subnets }],
    }) as IVpc;
    const functions = this.#group('Functions', 'The functions of the service');
    this.functions = functions;
    this.vpc.addGatewayEndpoint('Answers', { service: GatewayVpcEndpointAwsService.S3 });
    functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Endpoints of AWS services');
    this.#endpoint(
      'Database',
      new InterfaceVpcEndpointService(cluster.vpcEndpointServiceName, databasePort),
      databasePort,
    );
    const called = { ...services, ...(tracing && { Traces: InterfaceVpcEndpointAwsService.XRAY }) };
    for (const [name, service] of Object.entries(called)) this.#endpoint(name, service, 443);
  }

  #group(id: string, description: string): SecurityGroup {
    return new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
  }

  /** An endpoint that takes connections of the functions, and of nobody else. */
  #endpoint(
    id: string,
    service: InterfaceVpcEndpointService | InterfaceVpcEndpointAwsService,
    port: number,
  ): void {
    const group = this.#group(`${id}Group`, `The endpoint ${id}`);
    group.addIngressRule(this.functions, Port.tcp(port), 'The functions');
    if (port !== 443) this.functions.addEgressRule(group, Port.tcp(port), 'The cluster');
    this.vpc.addInterfaceEndpoint(id, {
      ...{ service, open: false, privateDnsEnabled: true },
      ...{ subnets: PrivateNetwork.subnets, securityGroups: [group] },
    });
  }
}
