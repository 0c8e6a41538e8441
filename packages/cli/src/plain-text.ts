/** Terminals obey control characters, and an event may have brought them into a message. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text without the characters that a terminal obeys; lines and tabs stay. */
export const plainText = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(controls, '?');

/** {@link plainText} in one line: a text of a stranger cannot begin a line of its own. */
export const plainLine = (text: string): string => plainText(text).replaceAll('\n', '?');

/** A value as one line of JSON, whose texts have control characters as escapes only. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    controls,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
