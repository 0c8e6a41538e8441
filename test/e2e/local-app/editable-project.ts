import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { projectFolder } from './runner.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const localApp = join(repository, 'test/e2e/local-app');

/** Takes what is to be done at the end of a test, or of all. */
export type AtEnd = (end: () => void | Promise<void>) => void;

export type Project = {
  readonly directory: string;
  /** Replaces a text in a file, as an editor saves it. */
  readonly edit: (file: string, before: string, after: string) => void;
};

/** A project with sources of its own: its functions, and the app that they belong to. */
export const editableProject = (atEnd: AtEnd): Project => {
  const directory = projectFolder(atEnd);
  for (const file of ['app.ts', 'functions.ts']) {
    copyFileSync(join(localApp, file), join(directory, file));
  }
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'cdk.json'), JSON.stringify({ app: 'node app.ts' }));
  return {
    directory,
    edit: (file, before, after) => {
      const path = join(directory, file);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(before);
      writeFileSync(path, text.replace(before, after));
    },
  };
};
