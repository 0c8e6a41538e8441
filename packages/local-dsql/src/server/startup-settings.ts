import type { ServiceError } from '../protocol/protocol.ts';
import { anyRefusal, notSupported } from '../statements/refusal.ts';
import { refuseSetting } from '../statements/rules/session-settings.ts';

/** A setting's name and its value. */
type Setting = readonly [name: string, value: string];

/** Splits `options` into words as PostgreSQL does: at white space without a backslash before it. */
const wordsOf = (options: string): readonly string[] =>
  (options.match(/(?:\\.|[^ \t\n\v\f\r\\])+/gs) ?? []).map((word) => word.replace(/\\(.)/gs, '$1'));

/** Reads `name=value`; a dash stands for an underscore in a name. */
const settingOf = (text: string): Setting | undefined => {
  const at = text.indexOf('=');
  return at < 1 ? undefined : [text.slice(0, at).replaceAll('-', '_'), text.slice(at + 1)];
};

/**
 * The settings in `options`; `undefined` for each word that is a switch of the server and no
 * setting.
 */
const settingsOf = (options: string): readonly (Setting | undefined)[] => {
  const settings: (Setting | undefined)[] = [];
  const words = wordsOf(options).values();
  for (const word of words) {
    if (word === '-c') settings.push(settingOf(words.next().value ?? ''));
    else settings.push(/^(?:-c|--)/.test(word) ? settingOf(word.slice(2)) : undefined);
  }
  return settings;
};

/** Judges the settings of a startup packet, those in `options` too, by the rules for `SET`. */
export const refuseStartupSettings = ({
  options = '',
  ...settings
}: Readonly<Record<string, string>>): ServiceError | undefined =>
  anyRefusal([...Object.entries(settings), ...settingsOf(options)], (setting) =>
    setting === undefined
      ? notSupported('startup options other than -c name=value or --name=value not supported')
      : refuseSetting(...setting),
  );
