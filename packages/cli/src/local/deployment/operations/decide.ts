import { isDeepStrictEqual } from 'node:util';
import { isCustomType } from '../../template/identities.ts';
import type { Json } from '../../template/json.ts';
import type { Resource } from '../../template/model.ts';
import { specification } from '../../template/validation/specification.ts';
import type { PropertyChange } from '../deployments.ts';
import { changedProperties, type Deployed } from '../stacks/stack-record.ts';

/** The change of a resource from its state to its template. */
export type Decision =
  | { readonly kind: 'create' }
  /** Nothing changes in the services; what the template says besides may. */
  | { readonly kind: 'keep' }
  | {
      readonly kind: 'update' | 'replace';
      readonly properties: readonly PropertyChange[];
    };

/** The properties of a type whose change replaces its resource. */
const createOnly = (type: string): readonly string[] =>
  Object.hasOwn(specification, type) ? (specification[type]?.createOnly ?? []) : [];

/**
 * Decides about a resource.
 *
 * @param isPending whether a value is known only once another resource has been made
 */
export const decide = (
  before: Deployed | undefined,
  after: Resource,
  isPending: (value: Json | undefined) => boolean = () => false,
): Decision => {
  if (!before?.exists || before.status === 'CREATE_FAILED') return { kind: 'create' };
  const names = changedProperties(before.resource, after);
  if (names.length === 0 && before.status !== 'UPDATE_FAILED') return { kind: 'keep' };
  const replacing = createOnly(after.type);
  const properties = names.map((name): PropertyChange => {
    if (!replacing.includes(name)) return { name, requiresRecreation: 'Never' };
    const isKnown = !isPending(after.properties[name]);
    return { name, requiresRecreation: isKnown ? 'Always' : 'Conditionally' };
  });
  const isReplaced =
    !isCustomType(after.type) && properties.some((one) => one.requiresRecreation === 'Always');
  return { kind: isReplaced ? 'replace' : 'update', properties };
};

/** The attributes of a declaration besides its properties. */
type Declared = Pick<Deployed, 'deletionPolicy' | 'updateReplacePolicy' | 'metadata'>;

/** Whether a declaration differs in what is neither its type nor a property. */
export const declarationDiffers = (before: Declared, after: Declared): boolean =>
  before.deletionPolicy !== after.deletionPolicy ||
  before.updateReplacePolicy !== after.updateReplacePolicy ||
  !isDeepStrictEqual(before.metadata, after.metadata);
