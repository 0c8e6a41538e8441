/** A resource of a CloudFormation template, as far as the rules look into it. */
export type TemplateResource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
};

/** A CloudFormation template as JSON. */
export type Template = { readonly Resources?: Readonly<Record<string, TemplateResource>> };

/** A resource with its logical id. */
export type Named = {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly resource: TemplateResource;
};

type Branch = Readonly<Record<string, unknown>>;

const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value below another, by the names of the properties on the way; absent where one is. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, step) => (isBranch(found) ? found[step] : undefined), value);

/** A value that IAM and CloudFormation take alone or in a list. */
export const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};

/** All resources of a template. */
export const resourcesOf = ({ Resources = {} }: Template): readonly Named[] =>
  Object.entries(Resources).map(([id, resource]) => ({
    id,
    type: resource.Type,
    properties: resource.Properties ?? {},
    resource,
  }));

/** The resources of one type. */
export const ofType = (template: Template, type: string): readonly Named[] =>
  resourcesOf(template).filter((resource) => resource.type === type);

/** The logical id that `Ref` or `Fn::GetAtt` names; absent for every other value. */
export const referenceOf = (value: unknown): string | undefined => {
  const ref = at(value, 'Ref');
  if (typeof ref === 'string') return ref;
  const attribute = at(value, 'Fn::GetAtt');
  const [id] = typeof attribute === 'string' ? attribute.split('.') : listOf(attribute);
  return typeof id === 'string' ? id : undefined;
};

/** A value as one line: literal text as it is, `Fn::Join` put together, a reference in `${}`. */
export const textOf = (value: unknown): string => {
  if (!isBranch(value)) return String(value);
  const attribute = listOf(value['Fn::GetAtt']);
  if (attribute.length > 0) return `\${${attribute.join('.')}}`;
  if ('Ref' in value) return `\${${String(value['Ref'])}}`;
  const parts = value['Fn::Join'];
  if (Array.isArray(parts)) return listOf(parts[1]).map(textOf).join(String(parts[0]));
  const text = value['Fn::Sub'];
  return text === undefined ? JSON.stringify(value) : String(listOf(text)[0]);
};
