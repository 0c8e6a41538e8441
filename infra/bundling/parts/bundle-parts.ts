import { awsSdkParts } from './aws-sdk-parts.ts';
import { kyselyParts } from './kysely-parts.ts';
import { pgParts } from './pg-parts.ts';
import { powertoolsParts } from './powertools-parts.ts';
import type { Replacement } from './replacement.ts';

/**
 * Parts of libraries that a function may do without. `bundle` leaves out those that it is told to,
 * since no tool can prove that code never reaches them.
 */
export const replacementsByPart = {
  ...kyselyParts,
  ...pgParts,
  ...powertoolsParts,
  ...awsSdkParts,
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;

/** The versions whose files the replacements were written for; others may have the same files. */
export const writtenFor: Readonly<Record<string, string>> = {
  kysely: '0.29.9',
  pg: '8.23.1',
  'pg-connection-string': '2.14.1',
  'pg-pool': '3.14.0',
  'pg-types': '2.2.0',
  pgpass: '1.0.5',
  '@aws-lambda-powertools/commons': '2.35.0',
  '@aws-lambda-powertools/logger': '2.35.0',
  '@aws-lambda-powertools/metrics': '2.35.0',
  '@aws-sdk/dsql-signer': '3.1142.0',
  '@smithy/core': '3.41.0',
  '@smithy/signature-v4': '5.7.5',
};

/** A part of a library that `bundle` can leave out. */
export type OmittablePart = keyof typeof replacementsByPart;

/**
 * Every part that `bundle` can leave out: what a function needs that reaches DSQL by
 * `antipode/dsql` with queries of its own and nothing else of Kysely and `pg`. Take out of it what
 * yours uses.
 *
 * @example
 * await bundle({ …, omit: omittableParts.filter((part) => part !== 'kysely/with-schema') });
 */
export const omittableParts = Object.keys(replacementsByPart) as readonly OmittablePart[];
