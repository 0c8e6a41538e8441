import { describe, expect, it } from 'vitest';
import {
  attributesMd5,
  bodyMd5,
  messageBytes,
} from '../../../../../packages/cli/src/local/sqs/message.ts';

const attributes = {
  b: { DataType: 'Number', StringValue: '1' },
  a: { DataType: 'String.custom', StringValue: 'é' },
  c: { DataType: 'Binary', BinaryValue: 'AP8=' },
};

describe('the checksums of a message', () => {
  it('are those of a second implementation', () => {
    expect(bodyMd5('a')).toBe('0cc175b9c0f1b6a831c399e269772661');
    expect(attributesMd5({ my_attribute: { DataType: 'String', StringValue: 'my value' } })).toBe(
      '7ecbf73e00079965c8b64a948d2cdb2d',
    );
    expect(attributesMd5(attributes)).toBe('63fccaeecfb1d617190d1be541537f04');
  });

  it('are absent without attributes', () => {
    expect(attributesMd5({})).toBeUndefined();
  });
});

describe('the size of a message', () => {
  it('counts its body and the names, types and values of its attributes in bytes', () => {
    expect(messageBytes({ body: 'é', attributes: {} })).toBe(2);
    expect(messageBytes({ body: 'é', attributes })).toBe(
      2 + (1 + 6 + 1) + (1 + 13 + 2) + (1 + 6 + 2),
    );
  });
});
