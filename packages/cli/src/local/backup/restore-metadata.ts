import * as v from 'valibot';
import { firstIssue } from '../aws-json.ts';
import { backupFailure } from './errors.ts';

/** One cluster of a restore. */
export type RestoredHalf = {
  readonly region: string;
  readonly isProtected: boolean;
  readonly kmsKeyId?: string;
};

/** The clusters that a restore makes: one, or two that are peered. */
export type RestorePlan = {
  /** The Region of the request first. */
  readonly halves: readonly [RestoredHalf, ...RestoredHalf[]];
  /** Absent for a cluster of one Region. */
  readonly witnessRegion?: string;
};

/**
 * The metadata of a restore. AWS Backup refuses other keys, such as the `cluster_id` that
 * `GetRecoveryPointRestoreMetadata` answers, and takes the names in any case.
 *
 * @see https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-auroradsql.html
 */
const keys = ['regionalconfig', 'witnessregion', 'peerregion', 'usemultiregionorchestration'];

const regionalConfig = v.array(
  v.strictObject({
    region: v.optional(v.string()),
    isDeletionProtectionEnabled: v.optional(v.boolean()),
    kmsKeyId: v.optional(v.string()),
  }),
);

const invalid = (message: string) => backupFailure('InvalidParameterValueException', message);

/** The value of a JSON text; `undefined` for another text. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A member whose value is a JSON text. */
const parsed = <Schema extends v.GenericSchema>(
  name: string,
  text: string | undefined,
  schema: Schema,
): v.InferOutput<Schema> | undefined => {
  if (text === undefined) return undefined;
  const checked = v.safeParse(schema, jsonOf(text));
  if (checked.success) return checked.output;
  throw invalid(`${name} is not valid: ${firstIssue(checked.issues)}`);
};

type Configs = v.InferOutput<typeof regionalConfig>;

const halfIn = (region: string, configs: Configs, isOnly: boolean): RestoredHalf => {
  const config = configs.find((one) => (one.region ?? (isOnly ? region : '')) === region);
  const { isDeletionProtectionEnabled: isProtected = true, kmsKeyId } = config ?? {};
  return { region, isProtected, ...(kmsKeyId !== undefined && { kmsKeyId }) };
};

/**
 * Reads the metadata of a restore.
 *
 * @param region of the request
 * @throws {AwsError} for metadata that AWS Backup would refuse
 */
export const readRestoreMetadata = (
  metadata: Readonly<Record<string, string>>,
  region: string,
): RestorePlan => {
  const members = new Map(
    Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const unknown = Object.keys(metadata).find((key) => !keys.includes(key.toLowerCase()));
  if (unknown !== undefined) throw invalid(`Unknown restore metadata: ${unknown}.`);
  const configs = parsed('regionalConfig', members.get('regionalconfig'), regionalConfig) ?? [];
  if (members.get('usemultiregionorchestration') !== 'true') {
    return { halves: [halfIn(region, configs, true)] };
  }
  const peers = parsed('peerRegion', members.get('peerregion'), v.array(v.string())) ?? [];
  const [peer, ...others] = peers;
  const witnessRegion = members.get('witnessregion');
  if (peer === undefined || others.length > 0 || peer === region) {
    throw invalid('peerRegion must name one other Region, such as ["us-west-2"].');
  }
  if (witnessRegion === undefined) throw invalid('witnessRegion is missing.');
  const outside = configs.find((one) => ![region, peer].includes(one.region ?? region));
  if (outside) throw invalid(`regionalConfig names ${outside.region}, which is not restored.`);
  return {
    halves: [halfIn(region, configs, false), halfIn(peer, configs, false)],
    witnessRegion,
  };
};
