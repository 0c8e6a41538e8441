/** The credentials with which the SDK signs requests. */
type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Options of the SDK's own chain, of which a profile keeps it from reading the environment. */
type ChainOptions = { readonly profile?: string };

/** A source of credentials, as the SDK calls it. */
type Provider<Options> = (options?: Options) => Promise<unknown>;

type Chain = {
  readonly defaultProvider: (options?: never) => Provider<never>;
};

const fromEnvironment = (): Credentials | undefined => {
  const { env } = process;
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
};

/** Variables that change what the SDK's chain would answer; Lambda sets none of them. */
const furtherVariables = [
  'AWS_PROFILE',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_CREDENTIAL_SCOPE',
  'AWS_ACCOUNT_ID',
];

const chainNeeded = ({ profile }: ChainOptions): boolean => {
  const { env } = process;
  return profile !== undefined || furtherVariables.some((name) => env[name]);
};

/**
 * Stands in for the SDK's default chain of credential sources inside a bundle: answers from the
 * environment, as the chain would first, and loads the chain where that holds no keys or names a
 * profile.
 */
export const environmentFirst =
  (loadChain: () => Promise<Chain>) =>
  (options: ChainOptions = {}): Provider<unknown> => {
    let chained: Promise<Provider<never>> | undefined;
    return async (asked) => {
      const found = chainNeeded(options) ? undefined : fromEnvironment();
      if (found) return found;
      chained ??= loadChain().then(({ defaultProvider }) => defaultProvider(options as never));
      return (await chained)(asked as never);
    };
  };

/**
 * Stands in for the chain where a bundle omits it.
 *
 * @throws {Error} when the environment holds no keys.
 */
export const environmentOnly = () => async (): Promise<Credentials> => {
  const found = fromEnvironment();
  if (found) return found;
  throw new Error(
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: this bundle reads no other source',
  );
};
