import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeBy } from '../tools.ts';

const app = join(import.meta.dirname, 'app/app.ts');

/** The names of the ledger's stacks, in the order of their deployment. */
export const ledgerStacks = [
  ...['data-primary', 'data-secondary', 'data-peering', 'primary', 'secondary'],
].map((part) => `antipode-ledger-${part}`);

/** The synthesized variants of the ledger. */
export interface Assemblies {
  /** The folder of a variant, which is synthesized once for its settings. */
  readonly of: (variant: string, settings?: Readonly<Record<string, string>>) => Promise<string>;
  /** A file beside them. */
  readonly file: (name: string) => string;
  readonly remove: () => void;
}

export const createAssemblies = (): Assemblies => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-assemblies-'));
  const built = new Map<string, Promise<string>>();
  return {
    of: (variant, settings = {}) => {
      const key = JSON.stringify([variant, settings]);
      const environment = { LEDGER_VARIANT: variant, ...settings };
      const building =
        built.get(key) ?? synthesizeBy(app, join(folder, String(built.size)), environment);
      built.set(key, building);
      return building;
    },
    file: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
