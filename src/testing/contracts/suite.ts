type Body = () => Promise<void> | void;

/** Where a contract puts its cases: the functions of Vitest or of `node:test`. */
export type Suite = {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly beforeEach: (prepare: Body) => unknown;
  readonly it: (name: string, run: Body) => unknown;
};
