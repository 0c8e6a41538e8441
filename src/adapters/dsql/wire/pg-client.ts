import type { Client, Query, types } from 'pg';
// @ts-expect-error: `pg` publishes no types for this file.
import client from 'pg/lib/client.js';
// @ts-expect-error: `pg` publishes no types for this file.
import TypeOverrides from 'pg/lib/type-overrides.js';

type PgModule = typeof Client & { readonly Query: typeof Query };

/**
 * `pg`'s client in JavaScript. It is not imported from `pg` itself, which would load another
 * client, written in C, when the environment has `NODE_PG_FORCE_NATIVE`: that one has no pipeline,
 * and reads every `PG…` variable itself.
 */
export const PgClient = client as PgModule;

/** The query that belongs to it. */
export const PgQuery = PgClient.Query;

/** The parsers of `pg`, some of which a service may have set with `pg.types.setTypeParser`. */
export const pgTypes = (new TypeOverrides() as { readonly _types: typeof types })._types;
