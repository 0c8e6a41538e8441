/** Writes the policies of who deploys, for the default prefixes of names. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lengthOf } from '../infra/deployer/policy.ts';
import { deployerPolicies, policyFolder } from '../test/infra/deployer/template-needs.ts';

/** Columns of a line, as the formatter of this tree has them. */
const columnsMax = 100;

/** JSON with lists on one line where they fit, as the formatter of this tree writes it. */
const formatted = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replaceAll(
    /^( *"\w+": )\[\n([^[\]{}]*)\n *\](,?)$/gm,
    (text: string, start: string, list: string, end: string) => {
      const line = `${start}[${list.trim().replaceAll(/\n */g, ' ')}]${end}`;
      return line.length <= columnsMax ? line : text;
    },
  );

for (const [name, policy] of Object.entries(deployerPolicies())) {
  const file = join(policyFolder, name);
  writeFileSync(file, `${formatted(policy)}\n`);
  console.log(`${file}: ${lengthOf(policy)} characters`);
}
