/** Where Aurora DSQL's own words or answers are kept. */
const guide = (page: string): string =>
  `https://docs.aws.amazon.com/aurora-dsql/latest/userguide/${page}.html`;
const recording = (suite: string): string =>
  `https://github.com/Dreamescaper/dsql-emulator/blob/0b4d5fab/test/conformance/golden/${suite}.json`;

/**
 * The grammar that AWS has made by trying texts on a cluster. It is evidence for the form of a
 * statement, and for no function, type or relation.
 */
const grammar =
  'https://github.com/awslabs/aurora-dsql-tools/blob/104908e6/dsql-lint/grammar/dsql_grammar.json';
const hibernateDialect =
  'https://github.com/awslabs/aurora-dsql-orms/blob/c739f441/java/hibernate/dialect/src/main/java/software/amazon/dsql/hibernate/dialect/AuroraDSQLDialect.java';
const tortoiseTests =
  'https://github.com/awslabs/aurora-dsql-orms/blob/c739f441/python/tortoise-orm/tests/integration/test_query_execution.py';
const batchSamples =
  'https://github.com/aws-samples/aurora-dsql-samples/blob/c0505bcb/java/batch_operations/src/main/java/com/example/dsql/batch_operations';
const migrationToolkit =
  'https://github.com/awslabs/dsql-migration-toolkit/blob/fc349fd7/src/dsql_migrator/core/validation_sql.py';
const flywayTests =
  'https://github.com/awslabs/aurora-dsql-tools/blob/104908e6/flyway/src/test/java/software/amazon/dsql/flyway/AuroraDSQLFlywayIntegrationTest.java';

const evidence: readonly (readonly [source: string, constructs: readonly string[]])[] = [
  [
    guide('working-with-postgresql-compatibility-supported-sql-features'),
    [
      'COMMIT',
      'BEGIN READ ONLY',
      'CREATE INDEX ASYNC',
      'CreateRoleStmt',
      'CreateStmt',
      'DeleteStmt',
      'DeleteStmt.usingClause',
      'DeleteStmt.whereClause',
      'DropStmt',
      'DropStmt OBJECT_INDEX',
      'GrantStmt',
      'IndexStmt',
      'InsertStmt',
      'JoinExpr JOIN_INNER',
      'JoinExpr JOIN_LEFT',
      'SelectStmt',
      'SelectStmt SETOP_UNION',
      'SelectStmt.all',
      'SelectStmt.groupClause',
      'SelectStmt.sortClause',
      'SelectStmt.valuesLists',
      'SelectStmt.whereClause',
      'SortBy SORTBY_DESC',
      'UpdateStmt',
      'UpdateStmt.whereClause',
    ],
  ],
  [
    guide('using-database-and-iam-roles'),
    [
      'AWS IAM GRANT',
      'AWS IAM REVOKE',
      'GrantStmt ACL_TARGET_OBJECT',
      'GrantStmt OBJECT_SCHEMA',
      'GrantStmt OBJECT_TABLE',
      'option canlogin',
      'privilege delete',
      'privilege insert',
      'privilege select',
      'privilege update',
      'privilege usage',
      'relation sys.iam_pg_role_mappings',
    ],
  ],
  [
    guide('working-with-systems-tables'),
    [
      'relation pg_catalog.pg_attribute',
      'relation pg_catalog.pg_class',
      'relation pg_catalog.pg_constraint',
      'relation pg_catalog.pg_description',
      'relation pg_catalog.pg_index',
      'relation pg_catalog.pg_namespace',
      'relation pg_catalog.pg_roles',
      'relation pg_catalog.pg_type',
    ],
  ],
  [guide('working-with-create-index-async'), ['relation sys.jobs']],
  [recording('isolation'), ['BEGIN ISOLATION LEVEL REPEATABLE READ']],
  [recording('transaction'), ['ROLLBACK']],
  [recording('index'), ['IndexStmt.if_not_exists', 'IndexStmt.whereClause']],
  [recording('environment'), ['function current_schema']],
  [
    recording('types'),
    [
      'column of type int2',
      'column of type int4',
      'column of type int8',
      'column of type numeric',
      'column of type text',
      'column of type timestamptz',
      'column of type uuid',
      'column of type varchar',
    ],
  ],
  [
    recording('alters'),
    [
      'AlterTableCmd AT_AddColumn',
      'AlterTableStmt',
      'AlterTableStmt OBJECT_TABLE',
      'NullTest IS_NOT_NULL',
    ],
  ],
  [recording('supported'), ['OnConflictClause ONCONFLICT_NOTHING']],
  [
    recording('queries'),
    [
      'InsertStmt.onConflictClause',
      'InsertStmt.returningClause',
      'LIMIT number',
      'OnConflictClause ONCONFLICT_UPDATE',
      'UpdateStmt.returningClause',
      'cast to int4',
      'function count(*)',
      'function max',
      'operator +',
      'operator =',
      'operator >=',
      'subquery ANY',
      'subquery EXISTS',
      'subquery EXPR',
    ],
  ],
  [
    grammar,
    [
      'AlterTableCmd.missing_ok',
      'BoolExpr AND_EXPR',
      'BoolExpr NOT_EXPR',
      'BoolExpr OR_EXPR',
      'Constraint CONSTR_CHECK',
      'Constraint CONSTR_DEFAULT',
      'Constraint CONSTR_NOTNULL',
      'Constraint CONSTR_PRIMARY',
      'CreateSchemaStmt',
      'CreateSchemaStmt.if_not_exists',
      'CreateStmt.if_not_exists',
      'DropStmt.missing_ok',
      'GrantStmt OBJECT_SEQUENCE',
      'LIMIT parameter',
      'NullTest IS_NULL',
      'OnConflictClause.whereClause',
      'operator !~~ LIKE',
      'operator *',
      'operator -',
      'operator <',
      'operator <=',
      'operator <>',
      'operator <> IN',
      'operator = IN',
      'operator >',
      'subquery in FROM',
    ],
  ],
  // A number times an interval, added to a time, by the database's clock.
  [hibernateDialect, ['cast to interval']],
  [tortoiseTests, ['function sum']],
  // A bounded number of rows is changed by their keys, which a subquery with LIMIT finds.
  [`${batchSamples}/BatchDelete.java`, ['subquery in DeleteStmt']],
  [`${batchSamples}/BatchUpdate.java`, ['function now', 'subquery in UpdateStmt']],
  [migrationToolkit, ['function pg_catalog.timezone', 'function to_char']],
  [flywayTests, ['relation information_schema.tables']],
];

/** The page, recording or source that shows that Aurora DSQL takes a construct. */
export const evidenceOf: ReadonlyMap<string, string> = new Map(
  evidence.flatMap(([source, constructs]) =>
    constructs.map((construct) => [construct, source] as const),
  ),
);
