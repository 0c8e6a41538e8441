import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Modules of the SDK that make a class or a function as they are loaded, by a call. */
const makesAtLoading =
  /[\\/]node_modules[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/](?:serde[\\/]index|checksum[\\/](?:crc32|md5|sha256)[\\/]\w+Node)\.js$/;

/** The calls that make one. They read what they are given, and change nothing. */
const makers =
  /(?<=(?:=|extends|\?) )(?:(?:bindV4|bindUint8ArrayBlobAdapter|buildNativeClass)\(|\(\(\) => \{$)/gm;

/**
 * Tells esbuild that the calls by which modules of the SDK make their exports do nothing else, so
 * that an export that nobody uses can go.
 */
export const declaredPureCalls: Plugin = {
  name: 'antipode-pure-calls',
  setup: (build) => {
    build.onLoad({ filter: makesAtLoading }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(makers, '/* @__PURE__ */ $&'),
      loader: 'js',
    }));
  },
};
