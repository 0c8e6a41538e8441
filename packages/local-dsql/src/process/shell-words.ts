/** A text in single quotes, in which a shell takes everything literally but a single quote. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Characters that mean nothing to a shell. */
const plain = /^[\w@%+=:,./-]+$/;

/** A text as one word of a shell: in quotes only where it needs them. */
export const shellWord = (text: string): string => (plain.test(text) ? text : quote(text));
