import type { Json, JsonObject } from '../../../../packages/cli/src/local/template/json.ts';
import { accountId } from '../hcl/computed.ts';
import type { Planned } from '../hcl/module.ts';
import type { SystemResource } from '../system.ts';

export type Formed = SystemResource & { readonly key: string };

/** Gives resources of CloudFormation for one of Terraform. */
export type Form = (planned: Planned) => readonly Formed[];

export type Values = Readonly<Record<string, Json | undefined>>;

/** A value as it reaches AWS: without what is absent, and with texts for scalars. */
export const plain = (value: unknown): Json => {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(plain);
  if (typeof value !== 'object' || value === null) return value === null ? null : String(value);
  const entries = Object.entries(value)
    .filter(([name, inner]) => inner !== null && inner !== undefined && name !== 'Sid')
    .map(([name, inner]) => [name, plain(inner)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
};

export const document = (text: Json | undefined): Json => JSON.parse(String(text)) as Json;

export const first = (blocks: Json | undefined): Values =>
  (Array.isArray(blocks) ? (blocks[0] as Values | undefined) : undefined) ?? {};

/** The fate of a resource at a destroy, in the words of CloudFormation where it has them. */
const atDestroy = ({ values, preventsDestroy }: Planned): string => {
  if (preventsDestroy || values['deletion_protection_enabled'] === true) return 'Refuse';
  return values['skip_destroy'] === true ? 'Retain' : 'Delete';
};

/**
 * @throws {Error} for an argument that the form does not read: the comparison would not see it
 */
export const form =
  (
    type: string,
    key: (values: Values) => Json | undefined,
    make: (values: Values, planned: Planned) => JsonObject | Readonly<Record<string, unknown>>,
    names: readonly string[],
  ): Form =>
  (planned) => {
    const values = planned.values as Values;
    const isRead = (name: string) => names.includes(name) || name === 'skip_destroy';
    const unread = Object.keys(values).filter((name) => !isRead(name));
    if (unread.length > 0) throw new Error(`The form of ${planned.type} does not read ${unread}`);
    const properties = plain(make(values, planned));
    const [DeletionPolicy, UpdateReplacePolicy] = [atDestroy(planned), atDestroy(planned)];
    const policies = { DeletionPolicy, UpdateReplacePolicy };
    return [{ key: `${planned.region} ${type} ${key(values)}`, type, properties, policies }];
  };

/** The ARN of a function: CloudFormation takes it where Terraform takes the name. */
export const functionArn = ({ region }: Planned, name: Json | undefined): string =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`;

export const nameOfArn = (arn: Json | undefined): string => String(arn).split(/[:/]/).at(-1) ?? '';
