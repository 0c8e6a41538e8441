import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeclaredService } from '../../src/domain/kernel/index.ts';
import { RegionalService, type RegionalServiceProps } from './regional-service.ts';

export type ServiceStackProps<Service extends DeclaredService> = StackProps &
  RegionalServiceProps<Service>;

/** A stack with one Region's half of a service, and the outputs that people and tools read. */
export class ServiceStack<Service extends DeclaredService = DeclaredService> extends Stack {
  readonly service: RegionalService<Service>;

  constructor(scope: Construct, id: string, props: ServiceStackProps<Service>) {
    super(scope, id, props);
    // The CDK leaves `Default` out of the names of resources.
    this.service = new RegionalService(this, 'Default', props);
    const { api, apiUrl, eventBus } = this.service;
    new CfnOutput(this, 'ApiFunctionName', { value: api.function.functionName });
    new CfnOutput(this, 'ApiUrl', { value: apiUrl.url });
    new CfnOutput(this, 'EventBusName', { value: eventBus.bus.eventBusName });
  }
}
