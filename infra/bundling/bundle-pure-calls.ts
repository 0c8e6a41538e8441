import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** Modules of the SDK that make a class or a function as they are loaded, by a call. */
const makesAtLoading =
  /[\\/]node_modules[\\/]@smithy[\\/]core[\\/]dist-es[\\/]submodules[\\/](?:serde[\\/]index|checksum[\\/](?:crc32|md5|sha256)[\\/]\w+Node)\.js$/;

/** The calls that make one. They read what they are given, and change nothing. */
const makers =
  /(?<=(?:=|extends|\?) )(?:(?:bindV4|bindUint8ArrayBlobAdapter|buildNativeClass)\(|\(\(\) => \{$)/gm;

const pure = '/* @__PURE__ */ ';

/** Lambda's store of an invocation, of which Powertools imports the global object alone. */
const invokeStore =
  /[\\/]node_modules[\\/]@aws[\\/]lambda-invoke-store[\\/]dist-es[\\/]invoke-store\.js$/;

const namespaceStart = 'var InvokeStore;\n(function (InvokeStore) {';
const namespaceEnd = '})(InvokeStore || (InvokeStore = {}));';

/** A namespace as an expression: the variable is set once, and can go where nobody reads it. */
const namespaceAsValue = (source: string): string =>
  source.includes(namespaceStart) && source.includes(namespaceEnd)
    ? source
        .replaceAll('Symbol.for(', `${pure}Symbol.for(`)
        .replace(namespaceStart, `var InvokeStore = ${pure}(function (InvokeStore) {`)
        .replace(namespaceEnd, 'return InvokeStore;\n})({});')
    : source;

/**
 * Tells esbuild that the calls by which some modules make their exports do nothing else, so that an
 * export that nobody uses can go.
 */
export const declaredPureCalls: Plugin = {
  name: 'antipode-pure-calls',
  setup: (build) => {
    build.onLoad({ filter: makesAtLoading }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(makers, `${pure}$&`),
      loader: 'js',
    }));
    build.onLoad({ filter: invokeStore }, async ({ path }) => ({
      contents: namespaceAsValue(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};
