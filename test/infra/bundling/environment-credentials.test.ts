import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  environmentFirst,
  environmentOnly,
} from '../../../infra/bundling/environment-credentials.ts';

const further = [
  'AWS_PROFILE',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_CREDENTIAL_SCOPE',
  'AWS_ACCOUNT_ID',
];

const keys = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', keys.sessionToken);
  for (const name of further) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/**
 * The SDK's chain: counts how often it is loaded, and answers with what it was made of and asked.
 */
const chain = () => {
  let loaded = 0;
  const provider = environmentFirst(async () => {
    loaded += 1;
    return { defaultProvider: (options) => async (asked) => ({ options, asked }) };
  });
  return { provider, loaded: () => loaded };
};

describe('credentials of a bundle', () => {
  it("are those of Lambda's environment, each time anew, and the SDK's chain is not loaded", async () => {
    const { provider, loaded } = chain();
    const credentials = provider();
    expect(await credentials()).toEqual(keys);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'next');
    expect(await credentials()).toEqual({ ...keys, accessKeyId: 'next' });
    expect(loaded()).toBe(0);
  });

  it('may have no session', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    const { sessionToken: _, ...withoutSession } = keys;
    expect(await chain().provider()()).toEqual(withoutSession);
    expect(await environmentOnly()()).toEqual(withoutSession);
  });

  it.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])(
    "are the chain's where %s is not set, which is loaded once",
    async (name) => {
      vi.stubEnv(name, undefined);
      const { provider, loaded } = chain();
      const options = { clientConfig: {} } as Parameters<typeof provider>[0];
      const credentials = provider(options);
      expect(await credentials({ forceRefresh: true } as never)).toEqual({
        options,
        asked: { forceRefresh: true },
      });
      await credentials();
      expect(loaded()).toBe(1);
    },
  );

  it.each(further)("are the chain's where %s is set", async (name) => {
    vi.stubEnv(name, 'set');
    expect(await chain().provider()()).toEqual({ options: {}, asked: undefined });
  });

  it("are the chain's where the client names a profile", async () => {
    const options = { profile: 'shop' };
    expect(await chain().provider(options)()).toEqual({ options, asked: undefined });
  });

  it('are those of the environment or none where the bundle omits the chain', async () => {
    vi.stubEnv('AWS_PROFILE', 'shop');
    expect(await environmentOnly()()).toEqual(keys);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await expect(environmentOnly()()).rejects.toThrow(
      /^Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: /,
    );
  });
});
