import { describe, expect, it } from 'vitest';
import { findConstants, findMissingPart } from '../../../src/adapters/powertools/selected-parts.ts';

describe('a path of JMESPath', () => {
  it.each([
    ['amonut', null, 'amonut'],
    [' amonut ', undefined, 'amonut'],
    ['powertools_json(body).amonut', null, 'powertools_json(body).amonut'],
    ['[account, amonut]', ['ada', null], 'amonut'],
    ['[acount, amonut]', [null, null], 'acount'],
    ['powertools_json(body).[account, amonut]', ['ada', null], 'amonut'],
    ['order.{who: account, "how many": amonut}', { who: 'ada', 'how many': null }, 'amonut'],
    ['{a: [account, {b: order.amonut}]}', { a: ['ada', { b: null }] }, 'order.amonut'],
    ['body | [account, amonut]', ['ada', null], 'amonut'],
    ['([account, (amonut)])', ['ada', null], '(amonut)'],
    ['items[*].amonut', [], 'items[*].amonut'],
    ['items[].amonut', [], 'items[].amonut'],
    ["items[?kind == 'a]'].amonut", [], "items[?kind == 'a]'].amonut"],
    ['items[0:2].amonut', [], 'items[0:2].amonut'],
    ['[id, items[*].amonut]', [1, []], 'items[*].amonut'],
    ['items[*].[sku, amonut]', [['a', null]], 'amonut'],
    ['[headers."x,]", \'a,]\', `[1,"]"]`, amonut]', [1, 'a,]', [1, ']'], null], 'amonut'],
    ['[headers."a\\",", amonut]', ['x', null], 'amonut'],
    ["[note || 'none', amonut]", ['none', null], 'amonut'],
    ['to_string(amonut)', 'null', 'to_string(amonut)'],
    ['[id, to_string( amonut )]', [1, 'null'], 'to_string( amonut )'],
    ['[id, type(amonut)]', [1, 'null'], 'type(amonut)'],
    ['to_array(amonut)', [null], 'to_array(amonut)'],
    ['map(&amonut, items)', [null, null], 'map(&amonut, items)'],
    ['[id, map(&[sku, amonut], items)]', [1, [['a', null]]], 'amonut'],
    ['sort_by(items, &amonut)[*].[sku, amonut]', [['a', null]], 'amonut'],
  ])('selects nothing in a part of %s', (path, selection, missing) => {
    expect(findMissingPart(path, selection)).toBe(missing);
  });

  it.each([
    ['amount', 0],
    ['amount', ''],
    ['amount', false],
    ['items', []],
    ['items', [null]],
    ['details', {}],
    ['details', { note: null }],
    ['@', { note: null }],
    ['powertools_json(body)', { note: null }],
    ["[account, note || 'none']", ['ada', 'none']],
    ['note || [account, amount]', 'x'],
    ['items[0]', { amount: null }],
    ['items[*]', [{ amount: null }]],
    ['[0]', { a: null }],
    ['[12]', { a: null }],
    ['[*].a', [1]],
    [
      'items[*].[sku, amount]',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['items[*].lots[*].[sku, amount]', [[['a', null]]]],
    ['headers."idempotency-key"', 'k'],
    ['length(items)', 0],
    ['to_string(note)', ''],
    ['to_array(items)', []],
    ['map(&[sku, amount], items)', [['a', 1]]],
    ['map(&amount, items)', [5, null]],
    ['orders[*].map(&[sku, amount], items)', [[['a', 1]]]],
    ['powertools_json(body)', { note: null }],
    ['merge(a, b)', { note: null }],
    ['note', 'null'],
  ])('selects something in %s: %j', (path, selection) => {
    expect(findMissingPart(path, selection)).toBeUndefined();
  });
});

describe('the constants of a path of JMESPath', () => {
  it.each([
    ["'amount'", ["'amount'"], true],
    ["(('amount'))", ["(('amount'))"], true],
    ['`5`', ['`5`'], true],
    ["body | 'amount'", ["body | 'amount'"], true],
    ["'amount' || amount", ["'amount' || amount"], true],
    ["[id, 'amount']", ["'amount'"], false],
    ["{a: 'id', b: ['amount', `1`]}", ["'id'", "'amount'", '`1`'], true],
    ["order.[id, ('amount')]", ["('amount')"], false],
    ["to_string('amount')", ["to_string('amount')"], true],
    ["[id, join('-', ['account', 'amount'])]", ["join('-', ['account', 'amount'])"], false],
    ["join('-', [account, amount])", [], false],
    ["items[?contains(kind, 'a')]", [], false],
    ['to_string(@)', [], false],
    ["amount == to_string('5')", [], false],
    ['amount', [], false],
    ['"amount"', [], false],
    ["note || 'none'", [], false],
    ["[amount, note || 'none']", [], false],
    ["items[?kind == 'a'].amount", [], false],
    ["join('-', [id, amount])", [], false],
    ['', [], false],
  ])('of %s', (path, parts, isAll) => {
    expect(findConstants(path)).toEqual({ parts, isAll });
  });
});
