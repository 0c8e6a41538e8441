import { parseArn } from '../../local/arn.ts';
import { type FoundService, resourceIds } from '../service/find-service.ts';

/** The ARN of the source that an event source mapping reads, by the mapping's id. */
export type SourceOf = (mappingId: string) => Promise<string | undefined>;

/**
 * The URLs of the queues that may hold dead letters: those that no function reads as its source. A
 * source queue holds work that waits for its turn, which a command must neither hide nor run.
 */
export const deadLetterQueues = async (
  service: Pick<FoundService, 'account' | 'region' | 'resources'>,
  sourceOf: SourceOf,
): Promise<readonly string[]> => {
  const mappings = resourceIds(service, 'AWS::Lambda::EventSourceMapping');
  const arns = await Promise.all(mappings.map(sourceOf));
  const sources = arns.flatMap((arn) => {
    const source = parseArn(arn ?? '');
    const isHere = source?.account === service.account && source.region === service.region;
    return source?.service === 'sqs' && isHere ? [source.resource] : [];
  });
  const urls = resourceIds(service, 'AWS::SQS::Queue');
  return urls.filter((url) => !sources.includes(url.slice(url.lastIndexOf('/') + 1)));
};
