import type { Route } from 'antipode-local-dsql/http';
import type { LocalClock } from '../../clock.ts';
import { cloudWatchRoute, readAlarm } from '../../cloudwatch/index.ts';
import { type LogStore, logsRoute } from '../../logs/index.ts';
import { localAccount } from '../../template/identities.ts';
import type { Resource } from '../../template/model.ts';
import type { RegionServices } from '../region-services.ts';

const alarmTypes = new Set(['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']);

/** The routes by which operators look at a Region: its alarms, and the logs of its functions. */
export const watchingRoutes = (
  region: string,
  resources: () => readonly Resource[],
  { functions, sqs }: Pick<RegionServices, 'functions' | 'sqs'>,
  store: LogStore,
  clock: Pick<LocalClock, 'now'>,
): readonly Route[] => {
  const alarms = () =>
    resources()
      .filter((one) => one.region === region && alarmTypes.has(one.type))
      .map(readAlarm);
  const depthOf = (queueName: string): number | undefined =>
    sqs.byName(queueName)?.counts().visible;
  return [
    cloudWatchRoute(alarms, depthOf, clock.now()),
    logsRoute({ region, account: localAccount, store, functions: () => [...functions.keys()] }),
  ];
};
