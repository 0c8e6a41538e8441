import {
  type ConnectionsOptions,
  createConnections,
  query,
} from '../../../../src/adapters/dsql/index.ts';
import { statement } from '../../../../src/adapters/dsql/wire/statement.ts';

/** A process of its own, whose environment the test sets: it asks the session for its settings. */
const main = async (options: ConnectionsOptions): Promise<void> => {
  const connections = createConnections(options);
  const settings = statement(
    `SELECT current_user AS "user", current_database() AS database,
      current_setting('application_name') AS application, current_setting('search_path') AS path,
      current_setting('TimeZone') AS zone, current_setting('DateStyle') AS dates`,
  );
  const { rows } = await query(connections, settings, { writes: false });
  process.stdout.write(`${JSON.stringify(rows[0])}\n`);
  await connections.close();
};

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as ConnectionsOptions);
