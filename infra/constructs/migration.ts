import { CustomResource, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DsqlClusterBase } from './dsql-cluster.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * The migration waits for index builds, which run in the background. A deployment that takes longer
 * than this fails.
 */
const serviceTimeout = Duration.minutes(15);

/** The cluster, the function that migrates it, and the functions that wait for the migration. */
export type MigrationProps = {
  /** The cluster whose schema is changed. */
  readonly cluster: DsqlClusterBase;
  /** The function that answers CloudFormation after it has migrated. */
  readonly migrate: ServiceFunction;
  /** Changes whenever the migrations do, such as the hash of the function's bundle. */
  readonly revision: string;
  /** The database role that the clients connect under. The migrating function creates it. */
  readonly databaseRole: string;
  /** Functions that connect under the database role: its grant follows their IAM roles. */
  readonly clients: readonly ServiceFunction[];
};

/**
 * Brings the database to the state that this deployment's code needs, before that code is deployed.
 *
 * The migrating function receives `DatabaseRole` and `ClientRoleArns` (a list) as resource
 * properties, grants that role to each of those IAM roles, and revokes it from those that have left
 * the list. It runs again when the cluster, the revision or a role has changed, and takes requests
 * of this stack alone.
 *
 * Old code meets the new schema while a deployment is under way. So migrations only add, and a
 * later one removes.
 */
export class Migration extends Construct {
  readonly #cluster: DsqlClusterBase;
  readonly #migration: CustomResource;
  readonly #clients: ServiceFunction[] = [];

  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const { cluster, migrate, revision, databaseRole, clients } = props;
    this.#cluster = cluster;
    cluster.grantConnectAdmin(migrate);
    migrate.function.addEnvironment('CUSTOM_RESOURCE_STACK_ID', Stack.of(this).stackId);
    migrate.function.addEnvironment('CLIENT_ROLE_NAMES', this.#roleNames());
    this.#migration = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::AntipodeMigration',
      serviceToken: migrate.function.functionArn,
      serviceTimeout,
      properties: {
        // A cluster that has been replaced is empty, and is migrated again.
        ClusterArn: cluster.arn,
        Revision: revision,
        DatabaseRole: databaseRole,
        ClientRoleArns: Lazy.list({
          produce: () => this.#clients.map((client) => client.role.roleArn),
        }),
      },
    });
    for (const client of clients) this.addClient(client);
  }

  /**
   * A principal that may invoke the migrating function may send it any list of roles. So the
   * function compares the list with this one. A service of 40 functions, which is about the 500
   * resources of a template, takes 2.6 of the 4 kB that Lambda has for variables.
   */
  #roleNames(): string {
    const names = () => this.#clients.map((client) => client.role.roleName);
    return Lazy.string({ produce: () => Fn.join(',', names()) });
  }

  /** Lets another function connect under the database role, and deploys it after the migration. */
  addClient(client: ServiceFunction): void {
    this.#clients.push(client);
    this.#cluster.grantConnect(client);
    client.deployAfter(this.#migration);
  }
}
