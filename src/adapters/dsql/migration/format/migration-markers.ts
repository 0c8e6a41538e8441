/** A comment that another migration tool reads as an instruction. */
export type MigrationMarker = {
  readonly tool: string;
  readonly kind: 'up' | 'down' | 'end' | 'neutral' | 'unknown';
  /** Whether the tool also finds the marker behind white space. */
  readonly indented: boolean;
};

/** Characters of the longest comment that may be a marker; longer ones are prose. */
const headingLengthMax = 200;

const dbmateDirective = /^--[ \t]*migrate:(up|down)(?![^ \t])/;
/** goose, and tools with the same form of directives. */
const plusDirective = /^-+[ \t]*\+(goose|migrate|micrate)[ \t]*(.*)/i;
const nodeDirective = /^--[- \t]*(up|down)[ \t]+migration/i;

/** Directives of goose and alike, in capitals; `true` for those that end a statement. */
const neutralDirectives: ReadonlyMap<string, boolean> = new Map([
  ['STATEMENTBEGIN', true],
  ['STATEMENTEND', true],
  ['NO TRANSACTION', false],
]);

const plusKind = (directive: string): MigrationMarker['kind'] => {
  const words = directive
    .toUpperCase()
    .split(/[ \t]+/)
    .filter(Boolean);
  // sql-migrate writes this word behind the direction.
  const name = words.filter((word) => word !== 'NOTRANSACTION').join(' ');
  if (name === 'UP') return 'up';
  if (name === 'DOWN') return 'down';
  const ends = neutralDirectives.get(name);
  return ends === undefined ? 'unknown' : ends ? 'end' : 'neutral';
};

/** The marker at which Drizzle cuts a file into statements. */
export const breakpoint = '--> statement-breakpoint';

/**
 * The instruction in a comment of one line; `undefined` for any other comment.
 *
 * @param comment from its first dash, without the end of its line
 */
export const markerOf = (comment: string): MigrationMarker | undefined => {
  const directionOf = (word = ''): 'up' | 'down' => (word.toLowerCase() === 'up' ? 'up' : 'down');
  const dbmate = dbmateDirective.exec(comment);
  if (dbmate) return { tool: 'dbmate', kind: directionOf(dbmate[1]), indented: false };
  const plus = plusDirective.exec(comment);
  if (plus) {
    const [, name = '', directive = ''] = plus;
    const tool = name.toLowerCase() === 'migrate' ? 'sql-migrate' : name.toLowerCase();
    return { tool, kind: plusKind(directive), indented: false };
  }
  const node = nodeDirective.exec(comment);
  if (node) return { tool: 'node-pg-migrate', kind: directionOf(node[1]), indented: true };
  return comment.startsWith(breakpoint)
    ? { tool: 'Drizzle', kind: 'end', indented: true }
    : undefined;
};

/** Comments that change the text that another tool runs, with the remedy for each. */
const foreign: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^-*[ \t]*(?:liquibase[ \t]+formatted|changeset[ \t]+[^ \t]+:)/i,
    'Liquibase reads this comment, and up does not: write plain SQL, such as liquibase update-sql prints',
  ],
  [
    /^-*[ \t]*atlas:(?!nolint|txmode)/i,
    'Atlas reads this comment, and up does not: write plain SQL with semicolons, and remove the comment',
  ],
  [
    /^-*[ \t]*![ \t]*include/i,
    'graphile-migrate includes another file here, and up does not: put the SQL of that file here',
  ],
];

/** Why a comment must not be ignored; undefined for most comments. */
export const foreignDirective = (comment: string): string | undefined =>
  comment.startsWith('/*!')
    ? 'MySQL runs this comment, and DSQL does not: write plain SQL, or remove it'
    : foreign.find(([pattern]) => pattern.test(comment))?.[1];

const down: ReadonlySet<string> = new Set(
  `backout backward backwards down downgrade downs reversal reverse revert reverts rollback rollbacks teardown unapply
   undo uninstall`.split(/\s+/),
);

/** Words of prose about undoing, which no heading has. */
const wayBack: ReadonlySet<string> = new Set(
  'reversed reverses reverted reverting rolled undoes undoing undone'.split(' '),
);

/** Other words of a heading. A comment with any further word is prose. */
const filler: ReadonlySet<string> = new Set(
  `add begin below changes code deploy end for from goose half here how in is liquibase migrate migration
   migrations of other part plan put script scripts section sql start statement statements step steps the
   this to up way write your`.split(/\s+/),
);

/** Words behind which a sentence goes on, such as `-- Undo the rename of items`. */
const joining: ReadonlySet<string> = new Set('in is of plan the this to'.split(' '));

const isFiller = (word: string): boolean => filler.has(word) || /^\d/.test(word);

/** The words of a comment in small letters; `migrateDown` has two. */
const plainOf = (comment: string): string =>
  comment
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .replaceAll(/roll[ \t-]back/g, 'rollback');

const wordsIn = (plain: string): readonly RegExpExecArray[] => [
  ...plain.matchAll(/[\p{L}\p{N}'’]+/gu),
];

/** Whether a comment of any length mentions undoing. */
export const mentionsDown = (comment: string): boolean =>
  wordsIn(plainOf(comment)).some(([word]) => down.has(word) || wayBack.has(word));

/** `-- Revert items from pg`, the first line of a file of Sqitch. */
const sqitchRevert = /^-- Revert [^ ]+ from [^ ]+$/i;

/** The mark between a heading and its explanation; a dash inside of a word is none. */
const endsHeading = /^[ \t]*(?:[:=*#/@.;([!|]|[-–—]+(?:[ \t]|$))/;

/** A statement inside of the comment itself. */
const holdsStatement = /;[ \t]*$|^[ \t]*[:=][ \t]*(?:alter|create|delete|drop|insert|update)\b/;

/**
 * Whether a comment may be the heading of a down half, by a person or an unknown tool. In doubt it
 * is one: rewording a comment costs less than losing a table.
 *
 * @param isFirst whether no statement is before it. A heading there has no explanation, since many
 * files begin with a line about undoing them
 */
export const isDownHeading = (comment: string, isFirst: boolean): boolean => {
  if (comment.length > headingLengthMax) return false;
  if (sqitchRevert.test(comment)) return true;
  const plain = plainOf(comment);
  if (plain.includes('create above') && plain.includes('drop below')) return true;
  const words = wordsIn(plain);
  const at = words.findIndex(([word]) => down.has(word));
  const heading = words[at];
  if (heading === undefined) return false;
  if (!words.slice(0, at).every(([word]) => isFiller(word))) return false;
  const others = words.slice(at + 1).map(([word]) => word);
  if (others.every(isFiller)) return true;
  const [next = ''] = others;
  if (isFiller(next) && !joining.has(next)) return true;
  const rest = plain.slice(heading.index + heading[0].length);
  return !isFirst && endsHeading.test(rest) && !holdsStatement.test(rest);
};
