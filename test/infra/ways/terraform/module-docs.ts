import type { ModuleBlocks } from '../hcl/module.ts';

const cell = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** The tables of inputs and outputs of a module, in the form of terraform-docs. */
export const moduleTables = ({ variable, output }: ModuleBlocks): string => {
  const inputs = Object.entries(variable).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const rows = inputs.map(([name, [block = {}]]) => {
    const type = String(block['type']).replace(/^\$\{|\}$/g, '');
    const isRequired = !Object.hasOwn(block, 'default');
    const value = isRequired ? 'n/a' : cell(block['default']);
    return `| ${name} | ${block['description']} | \`${type}\` | ${value} | ${isRequired ? 'yes' : 'no'} |`;
  });
  const outputs = Object.entries(output).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    '## Inputs',
    '',
    '| Name | Description | Type | Default | Required |',
    '|------|-------------|------|---------|:--------:|',
    ...rows,
    '',
    '## Outputs',
    '',
    '| Name | Description |',
    '|------|-------------|',
    ...outputs.map(([name, [block = {}]]) => `| ${name} | ${block['description']} |`),
  ].join('\n');
};
