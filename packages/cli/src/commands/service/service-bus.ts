import { UsageError } from 'antipode-local-dsql/process';
import { type FoundService, resourceIds } from './find-service.ts';

type Stack = Pick<FoundService, 'stack' | 'outputs' | 'resources'>;

/**
 * The name of the bus of a service: the output of its stack, or the only bus of the stack.
 *
 * @throws {UsageError} where the stack has several and no output names one
 * @throws {Error} with one line where it has none
 */
export const serviceBus = (service: Stack): string => {
  const { EventBusName: named } = service.outputs;
  if (named !== undefined) return named;
  const [only, ...others] = resourceIds(service, 'AWS::Events::EventBus');
  if (only === undefined) throw new Error(`stack ${service.stack} has no event bus`);
  if (others.length === 0) return only;
  const names = [only, ...others].join(', ');
  throw new UsageError(
    `stack ${service.stack} has several buses, ${names}: name that of the service in its output EventBusName`,
  );
};

/** An archive and the ARN of its bus. */
export type ServiceArchive = { readonly arn: string; readonly busArn: string };

/** The name of the bus of an ARN that ends in `event-bus/NAME`. */
export const busNameOf = (busArn: string): string => busArn.slice(busArn.lastIndexOf('/') + 1);

/**
 * The archive of a service among those of its stack: that of the service's bus.
 *
 * @throws {UsageError} where several archives keep the events of that bus
 * @throws {Error} with one line where none does
 */
export const serviceArchive = (
  service: Stack,
  archives: readonly ServiceArchive[],
): ServiceArchive => {
  if (archives.length === 0) throw new Error(`stack ${service.stack} has no archive`);
  const { EventBusName: named } = service.outputs;
  const own = archives.filter(({ busArn }) => named === undefined || busNameOf(busArn) === named);
  const [only, ...others] = own;
  if (only === undefined) throw new Error(`stack ${service.stack} has no archive of bus ${named}`);
  if (others.length === 0) return only;
  const arns = own.map(({ arn }) => arn).join(', ');
  const hint =
    named === undefined
      ? 'name the bus of the service in its output EventBusName'
      : 'start the replay of one with aws events start-replay';
  throw new UsageError(`stack ${service.stack} has several archives, ${arns}: ${hint}`);
};
