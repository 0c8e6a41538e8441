import { subpaths } from './reference.ts';
import { root } from './tools.ts';

type Module = { name: string; readonly sources?: readonly { readonly fullFileName: string }[] };

type Application = {
  readonly converter: {
    on(
      event: string,
      listen: (context: { readonly project: { children?: Module[] } }) => void,
    ): void;
  };
};

/** A plugin of TypeDoc: calls each module as a program imports it, such as `antipode/dsql`. */
export const load = ({ converter }: Application): void => {
  converter.on('resolveBegin', ({ project }) => {
    for (const module of project.children ?? []) {
      const path = module.sources?.[0]?.fullFileName;
      const subpath = subpaths.find(({ file }) => `${root}/${file}` === path);
      if (subpath) module.name = subpath.name;
    }
  });
};
