import { objectOf } from '../../template/json.ts';
import type {
  ChangeSetDescription,
  ResourceToImport,
  StackDescription,
  StackResource,
} from '../deployments.ts';
import { shownParameters } from './parameters.ts';
import type { PlannedChanges } from './planning.ts';
import { parseTemplate, type Target } from './stack-model.ts';
import type { Deployed, StackRecord } from './stack-record.ts';

/** The attributes that have a value. */
const given = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;

const declarationsOf = (template: string) =>
  template === '' ? {} : objectOf(parseTemplate(template)['Parameters']);

/** A stack as people may see it. */
export const describeStack = (record: StackRecord): StackDescription => {
  const { id, name, region, status, createdAt, tags, outputs, capabilities } = record;
  const { terminationProtection, disableRollback } = record;
  return {
    ...{ id, name, region, status, createdAt, tags, outputs, capabilities },
    ...{ terminationProtection, disableRollback },
    parameters: shownParameters(declarationsOf(record.template), record.parameters),
    ...given({
      statusReason: record.statusReason,
      description: record.description,
      updatedAt: record.updatedAt,
      deletedAt: record.deletedAt,
      roleArn: record.roleArn,
      changeSetId: record.changeSetId,
    }),
  } as StackDescription;
};

export const describeResource = (deployed: Deployed): StackResource => {
  const { resource, status, statusReason, updatedAt } = deployed;
  const { logicalId, ref: physicalId, type } = resource;
  return {
    ...{ logicalId, physicalId, type, status, updatedAt },
    ...(statusReason !== undefined && { statusReason }),
  };
};

/** A change set that has been planned. */
export type PlannedChangeSet = {
  readonly description: ChangeSetDescription;
  readonly target: Target;
  /** None but in a change set that imports. */
  readonly imports: readonly ResourceToImport[];
};

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** The result of a plan, as the change set tells it. */
export const planOutcome = ({
  problems,
  changes,
  differs,
}: PlannedChanges): Pick<
  ChangeSetDescription,
  'status' | 'statusReason' | 'executionStatus' | 'changes'
> => {
  const statusReason = problems.length > 0 ? problems.join('\n') : differs ? undefined : noChanges;
  return statusReason === undefined
    ? { status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE', changes }
    : { status: 'FAILED', executionStatus: 'UNAVAILABLE', changes, statusReason };
};
