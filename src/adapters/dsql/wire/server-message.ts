/**
 * Words of PostgreSQL's and DSQL's messages, and names of types. A message is shown without a word
 * that is missing here. A word too many can itself be shown, but no value that has other words.
 */
const vocabulary: ReadonlySet<string> = new Set(
  `
a aborted about access acl active actual add added affect after again age aggregate aggregates
alias all allow allowed already also alter altersystem altertable ambiguous an and another any
appear appears are argument arguments array as assign async at attempt attribute attributes
authority authorized back backend balanced base be because been before begin begins being belongs
below between beyond bigint bind bit block body bool boolean bound bounds box brackets but by byte
bytea bytes cache cached call called can canceled cannot case cast casts catalog cause change
changed changes char character characters check cidr circle class clause clauses close closed
cluster collate collation column columns command commands commit committed comparison composite
compositetype compression concurrently condition configuration conflict conflicting conflicts
connect connecting connection consistent constant constants constraint constraints contain
contains context conversion convert copy could count create createcollation createdb
createextension createforeigntable createrange createtableas createtablespace cross ctid current
currently cursor cycle data database databases datatype date daterange day ddl deadlock decimal
decoding deduced default deferrable deferred define defined definition delete deleting denied
depend dependency dependent depends depth description destination detected determine deterministic
dictionary did different digit dimension dimensions disabled disk distinct division dml do does
domain dotted double drop dropped drops due duplicate during each element elements else empty
enable enabled encoding end ended enough ensure entries equal equality error errors escape even
exceed exceeded exceeds except exclude exclusion execute executed exist existing exists exit
expected explicit explicitly expression expressions extension extra fail failed fails false family
feature few field fields file find first float4 float8 following for foreign format found from
full function functions generated generic given grant granted grantor greater group grouping has
have having hexadecimal hint hour hypothetical identify identity if ignored immutable
implementation implemented implicit improper in inconsistent incorrect index indexed indexes inet
infinite infinity inherit inherited initially input insert inserting inside installed instead
insufficient int int2 int4 int4range int8 int8range integer internal interpreted interval
intervals into invalid invocation is isolation it item its join json jsonb jsonpath junk key keys
keyword known label language large last lateral leading leap left length less level limit limits
line list listen literal local lock locking logged login long longer loop lossy lower lseg macaddr
maintain malformed many mapped mark mask match matched matches matching maximum may maybe meant
member memory merge message method might minute missing mixed mode modified modify money month more most
multiple must name named names nan near nearest need needed negative nested new no non none
nonexistent nonstandard nor not nothing notify null nullable number numeric numrange object
objects obsolete odd of off offset oid old on one only op opclass open operand operation
operations operator operators option options or order ordering other others out outer output
outside over overflow overlap own owned owner owns pair parameter parameters parent parentheses
parenthesis part partial partition passed password path pattern perform perhaps permission
permitted pg_lsn plan plans please plpgsql point policy polygon position positional positive
postgres precision prefix prepared prevents previous primary privilege privileges problem
procedure procedures process prohibited public qualified quantifier queries query quote quotes
range reached read reads real recent recognized record recovery recursion recursive recursively
reference referenced references referencing refers refresh refused regclass regconfig
regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype regular
rejected relation release reload remain removed rename renamed repeat repeatable replace replaced
replica requested required requires reserved resources restrict result results retry return
returned returning returns revoke rewrite rewritten right role rollback rounding row rows rule
same savepoint scalar scan schema schemas search second security see select selected self sequence
sequences serial serializable serialize server session set sets setting settings share should
signature signed similar single size sleep slots smallint snapshot some sort sorting source
specification specified specifier specifiers specify specifying sql square stack started state
statement statements static step storage stored string strings sub subqueries subquery subscript
subscripting substring such suffix superuser supplied supplies supported surrogate switch symbol
syntax system table tables tablesample tablespace take target temp temporary text than that the
their them then there these this through time times timestamp timestamptz timetz to token too
trailing transaction transactions trigger true truncate truncated try tsquery tsrange tstzrange
tsvector tuple two type types unable unacceptable unbounded uncommitted undefined under underflow
unexpected unicode union unique unit units unknown unlisten unlogged unmatched unquoted
unrecognized unsafe unsigned unsupported unterminated until untyped up update updated updating
upper usage use used user users using uuid vacuum valid validate value values varchar variable
variadic varying version view views violates violation volatile waits waking want was when where
whether which while whitespace wildcard will window with within without work would write writes
wrong xid xml years yet you your zero zone zones
`
    .trim()
    .split(/\s+/),
);

/** Replaces a word that is left out. */
const gap = '…';

/**
 * A word, a run of marks, or white space. Linear: the three are disjoint.
 *
 * A mark is punctuation of ASCII, and every other character is part of a word. V8 checks Unicode's
 * classes when it loads the file: 4 ms for six expressions in a new process (Node 24).
 */
const tokens = /[^\s!-#%-/:-@[-^`{-~]+|[^\S\n]+|[!-#%-/:-@[-^`{-~]+|\s+/g;

const isWord = /^[^\s!-#%-/:-@[-^`{-~]/;

/** Punctuation of the server's sentences. */
const plainMarks = /^[.,:;()'"/[\]=<>*+%-]{1,4}$/;

/** The number of a parameter's name, such as `$1`; 0 for another word. */
const parameterNumber = (word: string): number => Number(/^\$([1-9]\d{0,4})$/.exec(word)?.[1] ?? 0);

/** How many parameters a statement has, which the server names by their numbers. */
const parameterCount = (words: ReadonlySet<string>): number =>
  [...words].reduce((count, word) => Math.max(count, parameterNumber(word)), 0);

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[^\s!-#%-/:-@[-^`{-~]+/g));

/** Marks in the text of the statement, such as operators. */
const marksOf = (sql: string): ReadonlySet<string> => new Set(sql.match(/[!-#%-/:-@[-^`{-~]+/g));

/**
 * A message of the server without any value that it may quote. A word stays if it is in the
 * statement's text, among the names that the server gives besides its message, or in a fixed list.
 * Other words are replaced by `…`. So no parameter and no row can be in the message, whichever
 * function has put it there.
 *
 * The server puts names and values alike between double quotes: there the fixed list does not
 * count.
 *
 * @param sql the statement's text, in which parameters are placeholders
 * @param names of constraint, table, column and so on, as the server's error has them in fields of
 * their own
 */
export const withoutQuotedValues = (
  message: string,
  sql: string,
  names: readonly string[] = [],
): string => {
  const known = wordsOf([sql, ...names].join(' '));
  const marks = marksOf(sql);
  // The text may name fewer parameters than it has. A greater number is an amount of money.
  const count = parameterCount(known);
  const isName = (word: string): boolean => {
    const number = parameterNumber(word);
    return known.has(word.toLowerCase()) || (number > 0 && number <= count);
  };
  const plain = (text: string): string =>
    text.replace(tokens, (token) => {
      if (/^\s/.test(token)) return ' ';
      if (isWord.test(token)) {
        return isName(token) || vocabulary.has(token.toLowerCase()) ? token : gap;
      }
      return plainMarks.test(token) || marks.has(token) ? token : gap;
    });
  const [head, quoted, tail] = splitAtUnknownQuote(
    message,
    (text) => [...wordsOf(text)].every(isName) && !/[^\S ]|[!-#%-,/:-@[-^`{-~]/.test(text),
  );
  const shown = plain(head) + (quoted ? `"${gap}"` : '') + plain(tail);
  // Two gaps with nothing but marks between them become one.
  return shown.replace(/…(?:[!#-/:-@[-`{-~]*…)+/g, gap);
};

/**
 * Divides a message at its first quoted text that is unknown: the part before it, whether there is
 * one, and the part behind the last double quote. A value may have double quotes itself, so the
 * text between is left out as a whole.
 */
const splitAtUnknownQuote = (
  message: string,
  isKnown: (text: string) => boolean,
): readonly [string, boolean, string] => {
  let from = message.indexOf('"');
  while (from >= 0) {
    const to = message.indexOf('"', from + 1);
    if (to < 0 || !isKnown(message.slice(from + 1, to))) {
      const last = message.lastIndexOf('"');
      return [message.slice(0, from), true, last > from ? message.slice(last + 1) : ''];
    }
    from = message.indexOf('"', to + 1);
  }
  return [message, false, ''];
};

/** Characters of a statement that an error shows: enough to find it, and short for a log's line. */
const shownCharactersMax = 400;

/** A statement's text in one line, cut to a bound. It has no values but those in the SQL itself. */
export const shownSql = (sql: string): string => {
  // White space shrinks, so four times as much is read; an INSERT may have megabytes.
  const line = sql
    .slice(0, 4 * shownCharactersMax)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > shownCharactersMax || sql.length > 4 * shownCharactersMax
    ? `${line.slice(0, shownCharactersMax)}${gap}`
    : line;
};
