import type { FunctionView, RegionView } from '../regions/region-view.ts';

/** One half of a service with its functions, which most checks are about. */
export type Half = {
  readonly view: RegionView;
  readonly functions: readonly FunctionView[];
  readonly relay: FunctionView | undefined;
  readonly migrate: FunctionView | undefined;
  /** The functions of consumers, by their names in the inbox. */
  readonly consumers: ReadonlyMap<string, FunctionView>;
  /** The endpoint of the cluster, as the functions know it. */
  readonly endpoint: string | undefined;
  /** The database role of the service. */
  readonly role: string | undefined;
};

const isMigration = ({ environment }: FunctionView): boolean =>
  environment['DSQL_USER'] === 'admin' && environment['CUSTOM_RESOURCE_STACK_ID'] !== undefined;

/** Reads the configuration of each function of a half. */
export const readHalf = async (view: RegionView): Promise<Half> => {
  const names = view.ids('AWS::Lambda::Function');
  const functions = await Promise.all(names.map((name) => view.functionNamed(name)));
  const connecting = functions.filter(({ environment }) => environment['DSQL_ENDPOINT']);
  const migrate = connecting.find(isMigration);
  const own = connecting.filter((one) => one !== migrate);
  const consumers = own.flatMap((one) => {
    const { CONSUMER_NAME: name } = one.environment;
    return name === undefined ? [] : [[name, one] as const];
  });
  return {
    view,
    functions: connecting,
    relay: own.find(({ environment }) => environment['INBOX_RETENTION_MS'] !== undefined),
    migrate,
    consumers: new Map(consumers),
    endpoint: own[0]?.environment['DSQL_ENDPOINT'],
    role: own[0]?.environment['DSQL_USER'],
  };
};
