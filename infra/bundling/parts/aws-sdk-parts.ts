import { instead, noClass, type Replacement, withoutMethods } from './replacement.ts';

const smithyConfig = 'dist-es/submodules/config';

/** Parts of the AWS SDK; see `bundle-parts.ts`. */
export const awsSdkParts = {
  /**
   * Signatures of the messages in a stream to AWS, such as one of Transcribe; requests are signed
   * without it.
   */
  'aws-sdk/event-streams': [
    {
      package: '@smithy/signature-v4',
      file: 'dist-es/HeaderFormatter.js',
      sha256: 'd82a105e2abe3fbd67a4c0310d48f7b93354813de1dbf98083f76fd08d4583e7',
      replace: instead('aws-sdk/event-streams', 'export class HeaderFormatter{format(){refuse()}}'),
    },
    {
      package: '@smithy/signature-v4',
      file: 'dist-es/SignatureV4.js',
      sha256: '634af3e93dc5f4b2bcac3189ae6a95bf1b16f5d94702fdd3811cafd6848b34e9',
      replace: withoutMethods('aws-sdk/event-streams', 'signEvent|signMessage'),
    },
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/protocols/HttpProtocol.js',
      sha256: 'af4f0e3d3b7168d8e777291a46c23b210cf2fbbc935093daaf538a044300abc6',
      replace: withoutMethods('aws-sdk/event-streams', 'loadEventStreamCapability'),
    },
  ],
  /** The Region from an instance's metadata; Lambda tells it in the environment. */
  'aws-sdk/instance-region': [
    {
      package: '@smithy/core',
      file: `${smithyConfig}/config-resolver/regionConfig/getInstanceMetadataRegion.js`,
      sha256: 'da6d439b0eb4d93a17f5919d6e9d349b3931b2ac9e913b13b7abe3e4f61ee9fa',
      replace: () => 'export const getInstanceMetadataRegion=async()=>undefined;',
    },
  ],
  /** AWS's configuration files, and settings in them; a client looks for two when it is made. */
  'aws-sdk/config-files': [
    {
      package: '@smithy/core',
      file: `${smithyConfig}/shared-ini-file-loader/loadSharedConfigFiles.js`,
      sha256: '6254ceb3bfa2d608c8b279c0171e80bc10025994dfad05dc978e597aa3471876',
      replace: () =>
        'export{CONFIG_PREFIX_SEPARATOR}from"./constants";export const loadSharedConfigFiles=async()=>({configFile:{},credentialsFile:{}});',
    },
  ],
  /** Credentials and a Region that `DsqlSigner` finds itself; antipode's connections give both. */
  'aws-sdk/signer-defaults': [
    {
      package: '@aws-sdk/dsql-signer',
      file: 'dist-es/runtimeConfig.js',
      sha256: 'f5b6af6ac2f32ec408f424b9b1683daf6a3fe36d506dea8b8b4a243dfa631ded',
      replace: instead(
        'aws-sdk/signer-defaults',
        "export const getRuntimeConfig=config=>config?.credentials&&config.region?{runtime:'node',...config}:refuse();",
      ),
    },
  ],
  /** SHA-256 in JavaScript; Node has its own. */
  'aws-sdk/sha256-in-javascript': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/checksum/sha256/Sha256Js.js',
      sha256: '54d26649ccb5c6f5d34f89bf22167db9f91eeab6c05af115f7b0dbf041081ec4',
      replace: noClass('aws-sdk/sha256-in-javascript', 'Sha256Js'),
    },
  ],
  /** CRC-32 in JavaScript; Node has its own since 22.2. */
  'aws-sdk/crc32-in-javascript': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/checksum/crc32/Crc32Js.js',
      sha256: '3edb3089f1774cafe7ceda7ce598ee0ea07b92f41f395c511963460cdfd46e36',
      replace: noClass('aws-sdk/crc32-in-javascript', 'Crc32Js'),
    },
  ],
  /** The retry mode `adaptive`. */
  'aws-sdk/adaptive-retry': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/retry/util-retry/DefaultRateLimiter.js',
      sha256: '32b28572e13668dba2520b02298ae894bc922a5523690f6ffb052fd1273c879b',
      replace: noClass('aws-sdk/adaptive-retry', 'DefaultRateLimiter'),
    },
  ],
  /**
   * Every source of credentials but Lambda's environment variables, such as profiles and roles of
   * other accounts.
   */
  'aws-sdk/credential-chain': [],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;
