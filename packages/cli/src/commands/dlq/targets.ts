import { parseArn } from '../../local/arn.ts';
import type { Work } from '../../local/sqs/dead-message.ts';
import { type FoundService, resourceIds } from '../service/find-service.ts';

/** The name of a queue in its URL or its ARN. */
export const queueNameOf = (urlOrArn: string): string => urlOrArn.split(/[/:]/).at(-1) ?? '';

/** The work that a redrive may do: it uses functions, buses and queues of the stack alone. */
export interface Targets {
  /** Why work is refused, or undefined for work of this stack. */
  readonly refusalOf: (work: Work) => string | undefined;
  /** The target of work as a question names it. */
  readonly nameOf: (work: Work) => string;
}

/** Everybody who may send to a queue chooses what its messages name. */
export const targetsOf = (
  service: Pick<FoundService, 'account' | 'outputs' | 'region' | 'resources'>,
): Targets => {
  const functions = new Set(resourceIds(service, 'AWS::Lambda::Function'));
  const buses = new Set(resourceIds(service, 'AWS::Events::EventBus'));
  const queues = new Set(resourceIds(service, 'AWS::SQS::Queue').map(queueNameOf));
  const { EventBusName: ownBus } = service.outputs;
  if (ownBus !== undefined) buses.add(ownBus);

  /** The resource of an ARN of this account and Region. */
  const ownResource = (arn: string, of: string): string | undefined => {
    const { service: kind, region, account, resource } = parseArn(arn) ?? {};
    const isOwn = kind === of && region === service.region && account === service.account;
    return isOwn ? resource : undefined;
  };

  /** A version or an alias is the function's too. */
  const functionName = (arn: string): string | undefined =>
    /^function:([\w-]+)(:[\w$-]+)?$/.exec(ownResource(arn, 'lambda') ?? '')?.[1];

  const refusalOf = (work: Work): string | undefined => {
    if (work.kind === 'invoke') {
      const name = functionName(work.functionArn);
      return name !== undefined && functions.has(name)
        ? undefined
        : `${work.functionArn} is no function of this stack`;
    }
    if (work.kind === 'send') {
      const name = ownResource(work.queueArn, 'sqs');
      return name !== undefined && queues.has(name)
        ? undefined
        : `${work.queueArn} is no queue of this stack`;
    }
    return ownResource(work.ruleArn, 'events') !== undefined && buses.has(work.busName)
      ? undefined
      : `the bus of ${work.ruleArn || 'no rule'} is no bus of this stack`;
  };

  return {
    refusalOf,
    nameOf: (work) => {
      const refusal = refusalOf(work);
      if (refusal !== undefined) return refusal;
      if (work.kind === 'invoke') return `function ${functionName(work.functionArn)}`;
      return work.kind === 'put' ? `bus ${work.busName}` : `queue ${queueNameOf(work.queueArn)}`;
    },
  };
};
