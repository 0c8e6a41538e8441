import type { Block, ModuleBlocks } from './module.ts';

type BlockSchema = {
  readonly required?: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly blocks?: Readonly<Record<string, BlockSchema>>;
};

/** The resources of a version of the AWS provider, and where they were read from. */
export type ProviderSchema = {
  readonly version: string;
  readonly resources: Readonly<Record<string, BlockSchema>>;
};

/** Arguments of every resource of Terraform. */
const metaArguments = new Set(['for_each', 'depends_on', 'lifecycle', 'provider']);

const contentOf = (blocks: unknown): readonly Block[] =>
  (blocks as readonly Block[]).flatMap(({ content }) => content as readonly Block[]);

const blockProblems = (block: Block, schema: BlockSchema, where: string): readonly string[] => {
  const { dynamic = {}, ...given } = block;
  const dynamics = Object.entries(dynamic as Block).map(
    ([name, blocks]) => [name, contentOf(blocks)] as const,
  );
  const all = { ...given, ...Object.fromEntries(dynamics) };
  const names = Object.keys(all).filter((name) => !metaArguments.has(name));
  const unknown = names.filter(
    (name) => schema.blocks?.[name] === undefined && schema.attributes[name] === undefined,
  );
  const computed = names.filter((name) => schema.attributes[name] === 'computed');
  const missing = [
    ...Object.entries(schema.attributes).flatMap(([name, flag]) =>
      flag === 'required' ? [name] : [],
    ),
    ...Object.entries(schema.blocks ?? {}).flatMap(([name, { required }]) =>
      required ? [name] : [],
    ),
  ].filter((name) => all[name] === undefined);
  return [
    ...unknown.map((name) => `${where} has no ${name}`),
    ...computed.map((name) => `${where}.${name} cannot be set`),
    ...missing.map((name) => `${where} needs ${name}`),
    ...Object.entries(schema.blocks ?? {}).flatMap(([name, inner]) =>
      ((all[name] ?? []) as readonly Block[]).flatMap((one) =>
        blockProblems(one, inner, `${where}.${name}`),
      ),
    ),
  ];
};

/** Each attribute and block of a module that the provider would refuse, and each that it misses. */
export const schemaProblems = (
  { resource }: ModuleBlocks,
  { resources }: ProviderSchema,
): readonly string[] =>
  Object.entries(resource).flatMap(([type, byName]) => {
    if (type === 'terraform_data') return [];
    const schema = resources[type];
    if (schema === undefined) return [`The provider has no ${type}`];
    return Object.entries(byName).flatMap(([name, blocks]) =>
      blocks.flatMap((block) => blockProblems(block, schema, `${type}.${name}`)),
    );
  });

/** Each attribute of a resource that a text reads and the provider does not have. */
export const readProblems = (text: string, { resources }: ProviderSchema): readonly string[] =>
  [...text.matchAll(/(?<!data\.)\b(aws_\w+)\.\w+(?:\[[^\]]*\])?\.(\w+)/g)].flatMap(
    ([, type = '', attribute = '']) =>
      resources[type]?.attributes[attribute] === undefined ? [`${type} has no ${attribute}`] : [],
  );
