import { randomUUID } from 'node:crypto';
import { objectOf } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { hiddenValues, masked } from '../stacks/parameters.ts';
import { parseTemplate } from '../stacks/stack-model.ts';
import type { StackRecord } from '../stacks/stack-record.ts';
import type { StackStore } from '../stacks/store.ts';
import type { ResourceStatus, StackStatus } from '../statuses.ts';

/** Events of a stack that are kept; the oldest ones go first. */
const eventsMax = 5_000;

/** Writes the events and the states of one stack during one operation. */
export interface History {
  readonly record: () => StackRecord;
  readonly stackStatus: (status: StackStatus, reason?: string) => void;
  readonly resourceEvent: (
    resource: Pick<Resource, 'logicalId' | 'ref' | 'type' | 'properties'>,
    status: ResourceStatus,
    reason?: string,
  ) => void;
}

/** The last status of a stack whose operation has ended, in each kind of operation. */
const ends = /_(COMPLETE|FAILED)$/;

export const createHistory = (deps: {
  readonly store: StackStore;
  readonly stackId: string;
  readonly now: () => number;
  readonly clientRequestToken: string | undefined;
  /** Values that no event may show. */
  readonly secrets: () => readonly string[];
  readonly onEvent: (line: string) => void;
}): History => {
  const { store, stackId, now, clientRequestToken, onEvent } = deps;
  const record = (): StackRecord => {
    const found = store.byId(stackId);
    if (found) return found;
    throw new Error(`there is no stack ${stackId}`);
  };

  /**
   * Later than every event before. The CDK's command sorts events by their times: those of one
   * millisecond would be shown in reverse.
   */
  const eventTime = (events: StackRecord['events']): number =>
    Math.max(now(), (events.at(-1)?.at ?? 0) + 1);

  const add = (
    { name, events }: StackRecord,
    event: {
      readonly logicalId: string;
      readonly physicalId: string;
      readonly type: string;
      readonly status: StackStatus | ResourceStatus;
      readonly reason: string | undefined;
      readonly properties?: string;
    },
  ) => {
    const { logicalId, physicalId, type, status, reason, properties } = event;
    const line = `${name} ${status} ${logicalId === name ? '' : `${logicalId} (${type})`}`.trim();
    onEvent(reason === undefined ? line : `${line}: ${reason}`);
    return [
      ...events.slice(-eventsMax + 1),
      {
        ...{ id: randomUUID(), stackId, stackName: name, logicalId, physicalId, type, status },
        ...(reason !== undefined && { statusReason: reason }),
        ...(properties !== undefined && { properties }),
        ...(clientRequestToken !== undefined && { clientRequestToken }),
        at: eventTime(events),
      },
    ];
  };

  return {
    record,
    stackStatus: (status, reason) => {
      const before = record();
      const { name } = before;
      const type = 'AWS::CloudFormation::Stack';
      store.change(stackId, {
        status,
        statusReason: reason,
        events: add(before, { logicalId: name, physicalId: stackId, type, status, reason }),
        ...(status === 'DELETE_COMPLETE' && { deletedAt: now() }),
        ...(ends.test(status) && !status.startsWith('CREATE') && { updatedAt: now() }),
      });
    },
    resourceEvent: ({ logicalId, ref, type, properties }, status, reason) => {
      const secrets = deps.secrets();
      const shown = masked(JSON.stringify(properties), secrets);
      const said = reason === undefined ? undefined : masked(reason, secrets);
      const before = record();
      store.change(stackId, {
        events: add(before, {
          ...{ logicalId, physicalId: ref, type, status, reason: said },
          properties: shown,
        }),
      });
    },
  };
};

/** The values of a stack's parameters that nobody may see. */
export const secretsOf = ({ template, parameters }: StackRecord): readonly string[] =>
  template === '' ? [] : hiddenValues(objectOf(parseTemplate(template)['Parameters']), parameters);
