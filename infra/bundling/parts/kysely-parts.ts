import {
  deleteBuilder,
  foreignClauses,
  foreignInserts,
  foreignOrders,
  insertBuilder,
  jsonPathBuilder,
  kyselyClass,
  nodeKindOnly,
  queryCompiler,
  referenceParser,
  schemaNodes,
  selectBuilder,
  updateBuilder,
  visitorsByKind,
  withoutControlledTransactions,
  withoutJsonReferences,
  withoutNodes,
} from './kysely-files.ts';
import { noClass, type Replacement, withoutMethods } from './replacement.ts';

/** Parts of Kysely; see `bundle-parts.ts`. */
export const kyselyParts = {
  /** `db.schema`. Kysely's `Migrator` needs it, and `kysely/introspection`. */
  'kysely/schema-builder': [
    {
      package: 'kysely',
      file: 'dist/schema/schema-module.js',
      sha256: '4ceedd2be8a4f41087e8100008063c89d173beacf8e846e4f392334f851614ae',
      replace: noClass('kysely/schema-builder', 'SchemaModule'),
    },
    {
      ...queryCompiler,
      replace: withoutNodes('kysely/schema-builder', 'refuseSchema', schemaNodes),
    },
    {
      package: 'kysely',
      file: 'dist/operation-node/operation-node-visitor.js',
      sha256: '740dfcedcaa4c72afa087e1a82e6863dfc00414a9b7f9bcb891fbb660bce17a3',
      replace: visitorsByKind,
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/operation-node/create-table-node.js',
        sha256: '0b91796901b04dea4f951fa55bdeefec3ed08bf9d1959d58d56fe93a5f01839b',
      },
      replace: nodeKindOnly(
        'kysely/schema-builder',
        'CreateTableNode',
        'export const ON_COMMIT_ACTIONS=[];',
      ),
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/operation-node/create-view-node.js',
        sha256: '17284b5187b47095f7f49710e927e7a3ab4710a8e0e673be3d8d35c175a40a70',
      },
      replace: nodeKindOnly('kysely/schema-builder', 'CreateViewNode'),
    },
  ],
  /** `db.withSchema` and `WithSchemaPlugin`. */
  'kysely/with-schema': [
    {
      package: 'kysely',
      file: 'dist/plugin/with-schema/with-schema-plugin.js',
      sha256: '9099ca360956cdc26227e213a984e1cd5a6dade4fe9b5e682837c7da3ae6ce17',
      replace: noClass('kysely/with-schema', 'WithSchemaPlugin'),
    },
  ],
  /** `db.introspection` on PostgreSQL's dialect. */
  'kysely/introspection': [
    {
      package: 'kysely',
      file: 'dist/dialect/postgres/postgres-introspector.js',
      sha256: '2a69506e74f85f2b5115cac6c94f0934ec91b3b82f73ee5f87663ed50afa36cd',
      replace: noClass('kysely/introspection', 'PostgresIntrospector'),
    },
  ],
  /** `db.mergeInto`; DSQL refuses MERGE. */
  'kysely/merge': [
    {
      package: 'kysely',
      file: 'dist/query-builder/merge-query-builder.js',
      sha256: '8922488959797024bd5fdc97456f456a04c7f186c208e106bf2873760474814b',
      replace: noClass('kysely/merge', 'MergeQueryBuilder'),
    },
    {
      ...queryCompiler,
      replace: withoutNodes('kysely/merge', 'refuseMerge', 'Matched|MergeQuery'),
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/operation-node/merge-query-node.js',
        sha256: 'ee57c467ceab671d773f9f026967c67c5dc7e1b1760e5ebf5eceda5db87556db',
      },
      replace: nodeKindOnly('kysely/merge', 'MergeQueryNode'),
    },
  ],
  /** `db.startTransaction()`, whose transaction the caller ends; `db.transaction()` is there. */
  'kysely/controlled-transactions': [
    { ...kyselyClass, replace: withoutControlledTransactions },
    {
      package: 'kysely',
      file: 'dist/driver/runtime-driver.js',
      sha256: '2503d9f0b1775e3354d24de6caadef318776c5b80e4b04ec37ebdb9f40891294',
      replace: withoutMethods(
        'kysely/controlled-transactions',
        'savepoint|rollbackToSavepoint|releaseSavepoint',
      ),
    },
  ],
  /** Paths into JSON: `eb.ref('column', '->')` and `eb.jsonPath()`. */
  'kysely/json-paths': [
    {
      ...jsonPathBuilder,
      replace: noClass(
        'kysely/json-paths',
        'JSONPathBuilder',
        'TraversedJSONPathBuilder',
        'AliasedJSONPathBuilder',
      ),
    },
    { ...referenceParser, replace: withoutJsonReferences },
    {
      ...queryCompiler,
      replace: withoutNodes(
        'kysely/json-paths',
        'refuseJsonPaths',
        'JSONReference|JSONPath|JSONPathLeg|JSONOperatorChain',
      ),
    },
  ],
  /** `db.dynamic`: columns and tables whose names are known at run time only. */
  'kysely/dynamic': [
    {
      package: 'kysely',
      file: 'dist/dynamic/dynamic.js',
      sha256: '7d792bce11847c12566617cd4c55c002e0efb4dc64515bfeec57ae1e192bf462',
      replace: noClass('kysely/dynamic', 'DynamicModule'),
    },
  ],
  /** CASE: `db.case()` and `eb.case()`. */
  'kysely/case': [
    {
      package: 'kysely',
      file: 'dist/query-builder/case-builder.js',
      sha256: '0c151270e4f1cc5761a6cdbd9f6389c72712ada3474411ae4416f5fe757f6e31',
      replace: noClass(
        'kysely/case',
        ...['CaseBuilder', 'CaseThenBuilder', 'CaseWhenBuilder', 'CaseEndBuilder'],
      ),
    },
    {
      package: 'kysely',
      file: 'dist/operation-node/case-node.js',
      sha256: '9e3d82f1a9b526e0475d8d84991c21ef836aa19ed85cc1cd1bb9b31ba08ae951',
      replace: nodeKindOnly('kysely/case', 'CaseNode'),
    },
    { ...queryCompiler, replace: withoutNodes('kysely/case', 'refuseCase', 'Case') },
  ],
  /** `query.explain()`. */
  'kysely/explain': [
    { ...selectBuilder, replace: withoutMethods('kysely/explain', 'explain') },
    { ...insertBuilder, replace: withoutMethods('kysely/explain', 'explain') },
    { ...updateBuilder, replace: withoutMethods('kysely/explain', 'explain') },
    { ...deleteBuilder, replace: withoutMethods('kysely/explain', 'explain') },
    { ...queryCompiler, replace: withoutNodes('kysely/explain', 'refuseExplain', 'Explain') },
  ],
  /** Functions over a window: `eb.fn.sum('a').over(…)`. */
  'kysely/window-functions': [
    {
      ...{
        package: 'kysely',
        file: 'dist/query-builder/over-builder.js',
        sha256: '306d4a4ccab35db1a5945c8cd9ebb39bc04d1c726e0dddd696b0e38e6a4e0ed6',
      },
      replace: noClass('kysely/window-functions', 'OverBuilder'),
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/query-builder/aggregate-function-builder.js',
        sha256: '4f5063ed2d6557419888d0ea1cbbc827b38740387ae62feb312594ad74f0977c',
      },
      replace: withoutMethods('kysely/window-functions', 'over'),
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/operation-node/over-node.js',
        sha256: '5a3a04c0d632b3d88d26ae82f6038eb1f1bbe07c1fa658e1b361ced3fef0217c',
      },
      replace: nodeKindOnly('kysely/window-functions', 'OverNode'),
    },
    {
      ...{
        package: 'kysely',
        file: 'dist/operation-node/partition-by-node.js',
        sha256: 'fc0b738203098b757d37a1d3d3b1d8803fcfe5a604fb0de763881bd8b792ae40',
      },
      replace: nodeKindOnly('kysely/window-functions', 'PartitionByNode'),
    },
    {
      ...queryCompiler,
      replace: withoutNodes(
        'kysely/window-functions',
        'refuseWindows',
        'Over|PartitionBy|PartitionByItem',
      ),
    },
  ],
  /** SQL that other databases than PostgreSQL have, such as TOP, OUTPUT and ON DUPLICATE KEY. */
  'kysely/other-databases': [
    {
      ...selectBuilder,
      replace: withoutMethods('kysely/other-databases', 'top|crossApply|outerApply'),
    },
    {
      ...insertBuilder,
      replace: withoutMethods('kysely/other-databases', `${foreignInserts}|${foreignClauses}`),
    },
    {
      ...updateBuilder,
      replace: withoutMethods('kysely/other-databases', `${foreignClauses}|${foreignOrders}`),
    },
    {
      ...deleteBuilder,
      replace: withoutMethods('kysely/other-databases', `${foreignClauses}|${foreignOrders}`),
    },
    {
      ...queryCompiler,
      replace: withoutNodes(
        'kysely/other-databases',
        'refuseForeign',
        'Top|Output|OrAction|OnDuplicateKey',
      ),
    },
  ],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;
