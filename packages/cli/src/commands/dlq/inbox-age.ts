import type { DeadMessage } from '../../local/sqs/dead-message.ts';
import { type FoundService, resourceIds } from '../service/find-service.ts';
import { loadLambda } from '../service/sdk.ts';
import { shownAge } from '../service/tables.ts';

/** The variable of the relay that says how long the inbox keeps its records. */
const retentionVariable = 'INBOX_RETENTION_MS';

/** How long the inbox of a service knows an event again; absent where no function says it. */
export const inboxRetentionMs = async (service: FoundService): Promise<number | undefined> => {
  const { LambdaClient, GetFunctionConfigurationCommand } = await loadLambda();
  const client = new LambdaClient(service.settings);
  try {
    for (const FunctionName of resourceIds(service, 'AWS::Lambda::Function')) {
      const command = new GetFunctionConfigurationCommand({ FunctionName });
      const { Environment } = await client.send(command);
      const given = Environment?.Variables?.[retentionVariable];
      if (given) return Number(given);
    }
  } finally {
    client.destroy();
  }
  return undefined;
};

/**
 * Why an event is too old to be run again, or undefined for one that is not.
 *
 * A record of the inbox is never older than its event. So the inbox still knows an event that is
 * younger than the retention, if it was ever handled.
 */
export const ageRefusal = (
  { eventAt }: Pick<DeadMessage, 'eventAt'>,
  retentionMs: number | undefined,
  now: number,
): string | undefined => {
  if (eventAt === undefined || retentionMs === undefined || now - eventAt < retentionMs) {
    return undefined;
  }
  const [age, retention] = [shownAge(now - eventAt), shownAge(retentionMs)];
  return `its event is ${age} old, and the inbox knows events for ${retention}: it would take effect twice if it was handled; find out, then give --forgotten`;
};
