/** The parts of an Amazon Resource Name that the local services look at. */
export type Arn = {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** Everything after the account, such as `function:name` or `event-bus/name`. */
  readonly resource: string;
};

/** Reads `arn:partition:service:region:account:resource`, or undefined if it is none. */
export const parseArn = (text: string): Arn | undefined => {
  const [arn, partition, service, region, account, ...resource] = text.split(':');
  if (arn !== 'arn' || !partition || !service || region === undefined || account === undefined) {
    return undefined;
  }
  return { service, region, account, resource: resource.join(':') };
};

/** The name of a resource in its ARN, behind the last `/` or `:`. */
export const nameInArn = (arn: string): string => arn.split(/[/:]/).at(-1) ?? arn;
