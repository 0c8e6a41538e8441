import { type Postgres, startPostgres } from '../../packages/local-dsql/src/postgres/postgres.ts';

/** Where the tests' PostgreSQL comes from. */
export type PostgresSource = 'testcontainers' | 'embedded';

export type TestPostgres = {
  readonly source: PostgresSource;
  /** One line for the person who runs the tests. */
  readonly description: string;
  /** `postgres://…`, readable by `existingPostgres` in any process. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

export type TestPostgresOptions = {
  /** Uses this source or fails; without it, containers where they work, otherwise embedded. */
  readonly source?: PostgresSource | undefined;
  /** Image for the container; it must log like Docker's official `postgres`. */
  readonly image?: string | undefined;
};

const defaultImage = 'postgres:16';
/**
 * A Docker engine that is there answers in milliseconds; nobody should wait for one that is not.
 */
const engineAnswerMsMax = 2_000;
/** Pulling the image over a slow line; past it the embedded binaries serve. */
const imagePullMsMax = 120_000;
/** A container is up in 2 s here; a loaded machine may take longer. */
const containerStartMsMax = 60_000;
/**
 * The integration files hold many short connections at once; PostgreSQL's default of 100 is too
 * few.
 */
const connectionsMax = 1_000;
/** As for the embedded server: nobody needs the data after the run. */
const notDurable = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
/**
 * Without a health check of its own the container gets one that runs a program in it four times a
 * second. That takes a third of a run's processor time, and nobody reads the result. The first
 * check comes after an interval.
 */
const healthCheck = { test: ['CMD', 'true'] as ['CMD', 'true'], interval: 24 * 3_600_000 };
/**
 * The data lies in memory. Each test file makes databases, which are hundreds of files each. A
 * folder that the image had already would keep its rights, which exclude the server's user.
 */
const memory = '/var/lib/antipode';

const within = async <T>(limitMs: number, what: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} took more than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
};

const obtainImage = async (image: string): Promise<void> => {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
  const client = await within(engineAnswerMsMax, 'the Docker engine', getContainerRuntimeClient());
  const name = ImageName.fromString(image);
  if (await within(engineAnswerMsMax, 'listing images', client.image.exists(name))) return;
  await within(imagePullMsMax, `pulling ${image}`, client.image.pull(name));
};

const fromContainer = async (image: string): Promise<TestPostgres> => {
  await obtainImage(image);
  const [{ PostgreSqlContainer }, { Wait }] = await Promise.all([
    import('@testcontainers/postgresql'),
    import('testcontainers'),
  ]);
  const container = await new PostgreSqlContainer(image)
    .withCommand([
      'postgres',
      ...[`max_connections=${connectionsMax}`, ...notDurable].flatMap((one) => ['-c', one]),
    ])
    .withHealthCheck(healthCheck)
    .withTmpFs({ [memory]: 'rw,mode=1777' })
    .withEnvironment({ PGDATA: `${memory}/pgdata` })
    // The server starts twice: for its set-up, and for good.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .withStartupTimeout(containerStartMsMax)
    .start();
  return {
    source: 'testcontainers',
    description: `Testcontainers, image ${image}`,
    url: container.getConnectionUri(),
    stop: async () => {
      await container.stop();
    },
  };
};

const urlOf = ({ host, port, user, password, database }: Postgres): string => {
  const url = new URL(`postgres://localhost:${port}/${encodeURIComponent(database)}`);
  url.username = user;
  url.password = password;
  url.searchParams.set('host', host);
  return url.href;
};

const fromEmbedded = async (reason: string): Promise<TestPostgres> => {
  const postgres = await startPostgres();
  return {
    source: 'embedded',
    description: `the embedded PostgreSQL (${reason})`,
    url: urlOf(postgres),
    stop: postgres.stop,
  };
};

/**
 * Starts the one PostgreSQL 16 of an integration run: from Testcontainers where a Docker engine
 * answers and the image is present or can be pulled, otherwise from the embedded binaries.
 *
 * @throws {Error} when the source that was asked for cannot be had.
 */
export const startTestPostgres = async ({
  source,
  image = defaultImage,
}: TestPostgresOptions = {}): Promise<TestPostgres> => {
  if (source === 'embedded') return fromEmbedded('as asked for');
  try {
    return await fromContainer(image);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    if (source === 'testcontainers') {
      throw new Error(`No PostgreSQL from Testcontainers with image ${image}: ${reason}`, {
        cause,
      });
    }
    return fromEmbedded(`no container: ${reason}`);
  }
};
