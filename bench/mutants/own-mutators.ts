import { isSql, sqlMutants } from './sql-mutants.ts';
import type { Mutator, SyntaxNode, SyntaxPath } from './syntax.ts';

type TemplateElement = SyntaxNode & {
  readonly value: { readonly raw: string; readonly cooked: string };
};

const notMutated = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSLiteralType',
  'ExpressionStatement',
]);

/** Whether a literal is a value, and no name of a property or a module. */
const isValue = ({ node, parent }: SyntaxPath): boolean =>
  !notMutated.has(parent.type) && parent['key'] !== node;

/** StrykerJS leaves numbers alone; most limits and ages of this project are numbers. */
const numericLiteral: Mutator = {
  name: 'NumericLiteral',
  *mutate(path) {
    const { type, value } = path.node;
    if (type !== 'NumericLiteral' || !isValue(path)) return;
    yield { type: 'NumericLiteral', value: value === 0 ? 1 : 2 * (value as number) };
  },
};

/** Codes and names; the wording of messages is nobody's promise. */
const word = /^[\w.:/$-]+$/;

const wordLiteral: Mutator = {
  name: 'WordLiteral',
  *mutate(path) {
    const { type, value } = path.node;
    if (type !== 'StringLiteral' || !isValue(path) || !word.test(value as string)) return;
    yield { type: 'StringLiteral', value: `${value}_` };
  },
};

const sqlText: Mutator = {
  name: 'Sql',
  *mutate(path) {
    const { node, parent } = path;
    if (node.type === 'StringLiteral' && isValue(path) && isSql(node['value'] as string)) {
      for (const value of sqlMutants(node['value'] as string)) {
        yield { type: 'StringLiteral', value };
      }
    }
    if (node.type !== 'TemplateLiteral' || parent.type === 'TaggedTemplateExpression') return;
    const quasis = node['quasis'] as readonly TemplateElement[];
    if (!isSql(quasis.map(({ value }) => value.cooked).join('$'))) return;
    for (const [place, quasi] of quasis.entries()) {
      for (const raw of sqlMutants(quasi.value.raw)) {
        const changed = { ...quasi, value: { raw, cooked: raw } };
        yield { ...node, quasis: quasis.with(place, changed) };
      }
    }
  },
};

const taggedSql: Mutator = {
  name: 'Sql',
  *mutate({ node, hub, parent }) {
    if (node.type !== 'TaggedTemplateExpression') return;
    const quasi = node['quasi'] as SyntaxNode;
    const path = { node: quasi, parent: { ...parent, type: 'none' }, hub };
    for (const changed of sqlText.mutate(path)) yield { ...node, quasi: changed };
  },
};

/** Kinds of mutations that StrykerJS lacks and this project needs. */
export const ownMutators: readonly Mutator[] = [numericLiteral, wordLiteral, sqlText, taggedSql];
