import type { DeploymentFailures } from './failures.ts';
import type { ResourceStatus, StackStatus } from './statuses.ts';

/** Where the code of functions lies: in a folder, or in a ZIP file. */
export type CodeAsset =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'zip'; readonly path: string };

/**
 * Finds an object that a template names by bucket and key.
 *
 * @returns `undefined` when there is none.
 */
export type CodeAssets = (
  bucket: string,
  key: string,
  version?: string,
) => Promise<CodeAsset | undefined>;

/** An output of a stack, with the name under which the Region exports it. */
export type StackOutput = {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
};

/** A resource of a stack, also one that is being made, has failed or was removed. */
export type StackResource = {
  readonly logicalId: string;
  /** Empty until the resource exists. */
  readonly physicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly statusReason?: string;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
};

/** One line of a stack's history, of the stack itself or of one of its resources. */
export type StackEvent = {
  readonly id: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: StackStatus | ResourceStatus;
  readonly statusReason?: string;
  /** JSON text of the properties, without the values of `NoEcho` parameters. */
  readonly properties?: string;
  /** As the request that began the operation gave it. */
  readonly clientRequestToken?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** A stack as `DescribeStacks` answers it. Times are milliseconds since the epoch. */
export type StackDescription = {
  /** The ARN. */
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly status: StackStatus;
  readonly statusReason?: string;
  readonly description?: string;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  /** The value of a `NoEcho` parameter is `****`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly outputs: readonly StackOutput[];
  readonly capabilities: readonly string[];
  readonly roleArn?: string;
  readonly terminationProtection: boolean;
  readonly disableRollback: boolean;
  /** The change set that was executed last. */
  readonly changeSetId?: string;
};

/** One property by which a resource changes. */
export type PropertyChange = {
  readonly name: string;
  /** `Always` replaces the resource. */
  readonly requiresRecreation: 'Never' | 'Conditionally' | 'Always';
};

/** The change of one resource, as `DescribeChangeSet` lists it. */
export type ResourceChange = {
  readonly action: 'Add' | 'Modify' | 'Remove' | 'Import';
  readonly logicalId: string;
  /** Absent where the resource is added. */
  readonly physicalId?: string;
  readonly type: string;
  /** Whether a change replaces the resource; absent where it is added or removed. */
  readonly replacement?: 'True' | 'False' | 'Conditional';
  /** Properties that change. `Conditional` ones wait for the answer of another resource. */
  readonly details: readonly PropertyChange[];
  /** Whether the old resource is deleted or kept, where there is one. */
  readonly policyAction?:
    | 'Delete'
    | 'Retain'
    | 'Snapshot'
    | 'ReplaceAndDelete'
    | 'ReplaceAndRetain';
};

export type ChangeSetType = 'CREATE' | 'UPDATE' | 'IMPORT';

/** A resource that exists, and that a stack is to have. */
export type ResourceToImport = {
  readonly logicalId: string;
  readonly type: string;
  /** By the names of the properties that identify a resource of the type. */
  readonly identifier: Readonly<Record<string, string>>;
};

/** A change set. Times are milliseconds since the epoch. */
export type ChangeSetDescription = {
  /** The ARN. */
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly type: ChangeSetType;
  readonly description?: string;
  readonly createdAt: number;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  readonly executionStatus:
    | 'UNAVAILABLE'
    | 'AVAILABLE'
    | 'EXECUTE_IN_PROGRESS'
    | 'EXECUTE_COMPLETE'
    | 'EXECUTE_FAILED'
    | 'OBSOLETE';
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly changes: readonly ResourceChange[];
};

/** The value that a template's parameter gets: a new one, or the one that it had. */
export type ParameterValue = { readonly value: string } | { readonly usePrevious: true };

/** The reaction to a creation or an update that fails. */
export type OnStackFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

export type ChangeSetRequest = {
  readonly stackName: string;
  readonly name: string;
  readonly type: ChangeSetType;
  /** The text of the template, JSON; absent with `usePreviousTemplate`. */
  readonly templateBody?: string;
  readonly usePreviousTemplate?: boolean;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** Those of the stack where absent. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly capabilities?: readonly string[];
  /** The types of resources that may change; all unless given. */
  readonly resourceTypes?: readonly string[];
  /** Those of a change set of the type `IMPORT`. */
  readonly resourcesToImport?: readonly ResourceToImport[];
  readonly description?: string;
  readonly roleArn?: string;
  /** `ROLLBACK` unless given. */
  readonly onStackFailure?: OnStackFailure;
};

export type ExecuteOptions = {
  /** Leaves a failed stack as it is, as `--no-rollback` of the CDK asks. */
  readonly disableRollback?: boolean;
  readonly clientRequestToken?: string;
};

export type DeleteStackOptions = {
  /** Logical ids that stay; allowed for a stack in `DELETE_FAILED`. */
  readonly retain?: readonly string[];
  /** Leaves a resource that cannot be deleted, and deletes the stack. */
  readonly force?: boolean;
  readonly clientRequestToken?: string;
};

/** An export of a Region. */
export type StackExport = {
  readonly name: string;
  readonly value: string;
  readonly exportingStackId: string;
  /** Names of the stacks that import it. */
  readonly importedBy: readonly string[];
};

/**
 * The stacks of one Region.
 *
 * A stack is named by its name or its id. A name means the stack that exists; a stack that was
 * deleted is found by its id alone. Functions that take a stack throw {@link DeploymentError} with
 * the code and the message of CloudFormation where there is none, or its state does not allow the
 * request.
 */
export interface RegionDeployments {
  readonly region: string;
  /** Every stack, those that were deleted too, the last created first. */
  readonly stacks: () => readonly StackDescription[];
  readonly stack: (nameOrId: string) => StackDescription;
  /** The text of the template, as it was given. */
  readonly template: (nameOrId: string, changeSet?: string) => string;
  readonly resources: (nameOrId: string) => readonly StackResource[];
  /** The last first. */
  readonly events: (nameOrId: string) => readonly StackEvent[];
  /**
   * Plans a change. A template that cannot run here, or would fail in AWS, makes a change set in
   * `FAILED` whose reason has one line for each problem; so does a template without changes.
   */
  readonly createChangeSet: (request: ChangeSetRequest) => Promise<ChangeSetDescription>;
  /** @param nameOrId a name needs the stack, an id does not */
  readonly changeSet: (nameOrId: string, stack?: string) => ChangeSetDescription;
  /** The change sets of a stack that have not been executed, the last first. */
  readonly changeSets: (stack: string) => readonly ChangeSetDescription[];
  readonly deleteChangeSet: (nameOrId: string, stack?: string) => void;
  /** Begins the execution; the stack's status and events tell its end. */
  readonly executeChangeSet: (nameOrId: string, stack?: string, options?: ExecuteOptions) => void;
  /** Begins the deletion; does nothing where there is no stack. */
  readonly deleteStack: (nameOrId: string, options?: DeleteStackOptions) => void;
  /** Brings a stack in `UPDATE_FAILED` or `CREATE_FAILED` back to its last good state. */
  readonly rollbackStack: (nameOrId: string, clientRequestToken?: string) => void;
  /** Tries the roll back of a stack in `UPDATE_ROLLBACK_FAILED` again. */
  readonly continueUpdateRollback: (
    nameOrId: string,
    options?: { readonly skip?: readonly string[]; readonly clientRequestToken?: string },
  ) => void;
  readonly setTerminationProtection: (nameOrId: string, enabled: boolean) => void;
  readonly exports: () => readonly StackExport[];
  /** Resolves when no operation on the stack is under way. */
  readonly settled: (nameOrId: string) => Promise<StackDescription>;
}

/** The stacks of all Regions: a place to deploy to. */
export interface Deployments {
  readonly regions: readonly string[];
  /** @throws {DeploymentError} for a Region that does not run here. */
  readonly inRegion: (region: string) => RegionDeployments;
  /** Failures of the operations to come. */
  readonly failures: DeploymentFailures;
  /** Resolves when no operation is under way. */
  readonly idle: () => Promise<void>;
}
