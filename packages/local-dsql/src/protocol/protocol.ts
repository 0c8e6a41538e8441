/** One message of the PostgreSQL protocol, version 3, whole: type byte, length, payload. */
export type Frame = {
  /** ASCII code of the type byte. */
  readonly type: number;
  /** The whole message as it goes over the wire. */
  readonly bytes: Buffer;
};

/** Type bytes of the messages that a client sends. */
export const frontend = {
  bind: 0x42, // B
  close: 0x43, // C
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyFail: 0x66, // f
  describe: 0x44, // D
  execute: 0x45, // E
  flush: 0x48, // H
  functionCall: 0x46, // F
  parse: 0x50, // P
  password: 0x70, // p
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
} as const;

/** Messages of a COPY. A client may go on sending them after the COPY has failed. */
export const copyMessages: ReadonlySet<number> = new Set([
  frontend.copyData,
  frontend.copyDone,
  frontend.copyFail,
]);

/** Type bytes of the messages that a server sends. */
export const backend = {
  authentication: 0x52, // R
  backendKeyData: 0x4b, // K
  commandComplete: 0x43, // C
  copyInResponse: 0x47, // G
  dataRow: 0x44, // D
  emptyQueryResponse: 0x49, // I
  errorResponse: 0x45, // E
  noticeResponse: 0x4e, // N
  notification: 0x41, // A
  parameterStatus: 0x53, // S
  portalSuspended: 0x73, // s
  readyForQuery: 0x5a, // Z
} as const;

/** Codes that stand where a startup packet has its protocol version. */
export const startupCode = {
  cancel: 80_877_102,
  tls: 80_877_103,
  gssEncryption: 80_877_104,
  version3: 196_608,
} as const;

const headerBytes = 5;
const lengthBytes = 4;

/** A message with this type and payload. */
export const encodeFrame = (type: number, payload: Buffer = Buffer.alloc(0)): Buffer => {
  const bytes = Buffer.allocUnsafe(headerBytes + payload.length);
  bytes[0] = type;
  bytes.writeInt32BE(lengthBytes + payload.length, 1);
  payload.copy(bytes, headerBytes);
  return bytes;
};

/** Strings as the protocol writes them, each ended by a zero byte. */
export const encodeStrings = (...strings: readonly string[]): Buffer =>
  Buffer.from(strings.map((text) => `${text}\0`).join(''));

/** Joins messages, without a copy if they lie behind each other in one buffer. */
export const join = (parts: readonly Buffer[]): Buffer => {
  const [first] = parts;
  if (!first) return Buffer.alloc(0);
  let bytes = 0;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== first.byteOffset + bytes)
      return Buffer.concat(parts);
    bytes += part.length;
  }
  return parts.length === 1 ? first : Buffer.from(first.buffer, first.byteOffset, bytes);
};

export const encodeInt32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  bytes.writeInt32BE(value);
  return bytes;
};

/** Up to this length, reading an ASCII text byte by byte is faster than a call into the runtime. */
const shortTextBytesMax = 32;

const firstByteBeyondAscii = 0x80;

/** Reads the strings and numbers of a message's payload one after the other. */
class PayloadReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** @throws {RangeError} when the message ends before the string does */
  string(): string {
    const bytes = this.#bytes;
    const start = this.#at;
    const shortEnd = Math.min(start + shortTextBytesMax, bytes.length);
    let text = '';
    for (let at = start; at < shortEnd; at += 1) {
      const byte = bytes[at] as number;
      if (byte === 0) {
        this.#at = at + 1;
        return text;
      }
      if (byte >= firstByteBeyondAscii) break;
      text += String.fromCharCode(byte);
    }
    const end = bytes.indexOf(0, start);
    if (end < 0) throw new RangeError('invalid string in message');
    this.#at = end + 1;
    return bytes.toString('utf8', start, end);
  }

  byte(): number {
    this.#at += 1;
    return this.#bytes.readUInt8(this.#at - 1);
  }

  int32(): number {
    this.#at += lengthBytes;
    return this.#bytes.readInt32BE(this.#at - lengthBytes);
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}

export const readPayload = (bytes: Buffer, start = headerBytes): PayloadReader =>
  new PayloadReader(bytes, start);

/**
 * The fields of an error or notice by their letter: `S` severity, `C` code, `M` message, `H` hint …
 */
export type ErrorFields = Readonly<Record<string, string>>;

export const decodeError = (bytes: Buffer): ErrorFields => {
  const payload = readPayload(bytes);
  const fields: Record<string, string> = {};
  for (let letter = payload.byte(); letter !== 0; letter = payload.byte()) {
    fields[String.fromCharCode(letter)] = payload.string();
  }
  return fields;
};

export const encodeError = (fields: ErrorFields): Buffer =>
  encodeFrame(
    backend.errorResponse,
    Buffer.concat([
      encodeStrings(...Object.entries(fields).map(([letter, text]) => letter + text)),
      Buffer.alloc(1),
    ]),
  );

/** A simple query. */
export const encodeQuery = (sql: string): Buffer => encodeFrame(frontend.query, encodeStrings(sql));

/** An error that the service itself raises. */
export type ServiceError = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly detail?: string;
};

/** The error for a message whose payload does not fit its type. */
export const invalidFormat: ServiceError = { code: '08P01', message: 'invalid message format' };

/** An error that ends the connection. */
export const encodeFatal = (error: ServiceError): Buffer => encodeServiceError('FATAL', error);

export const encodeServiceError = (
  severity: 'ERROR' | 'FATAL',
  { code, message, hint, detail }: ServiceError,
): Buffer =>
  encodeError({
    S: severity,
    V: severity,
    C: code,
    M: message,
    ...(detail === undefined ? {} : { D: detail }),
    ...(hint === undefined ? {} : { H: hint }),
  });

export type FrameReader = {
  /** Takes bytes as they arrive and calls back once for every message that is complete. */
  readonly push: (chunk: Buffer) => void;
};

/**
 * Cuts a byte stream into messages without copying those that arrive whole.
 *
 * `onInvalid` is called once, with the announced length, for a message above `bytesMax` or with an
 * impossible length; nothing is read after it, nor after a message for which `onFrame` throws.
 */
export const createFrameReader = (options: {
  readonly bytesMax: number;
  readonly onFrame: (frame: Frame) => void;
  readonly onInvalid: (length: number) => void;
}): FrameReader => {
  let parts: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;
  let broken = false;

  const cut = (bytes: Buffer): Buffer => {
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const length = bytes.readInt32BE(at + 1);
      if (length < lengthBytes || length > options.bytesMax) {
        broken = true;
        options.onInvalid(length);
        return Buffer.alloc(0);
      }
      const end = at + 1 + length;
      if (end > bytes.length) {
        needed = 1 + length;
        return bytes.subarray(at);
      }
      broken = true;
      options.onFrame({ type: bytes[at] ?? 0, bytes: bytes.subarray(at, end) });
      broken = false;
      at = end;
    }
    needed = headerBytes;
    return bytes.subarray(at);
  };

  return {
    push: (chunk) => {
      if (broken) return;
      parts.push(chunk);
      held += chunk.length;
      // Joined once per message, not once per chunk: a large message arrives in many.
      if (held < needed) return;
      const rest = cut(parts.length === 1 ? chunk : Buffer.concat(parts, held));
      parts = rest.length > 0 ? [rest] : [];
      held = rest.length;
    },
  };
};

/** State of a session as PostgreSQL reports it: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** The status in a ReadyForQuery message. */
export const readStatus = (bytes: Buffer): TransactionStatus =>
  String.fromCharCode(bytes[headerBytes] ?? 0) as TransactionStatus;

/** The command tag of a CommandComplete message. */
export const readTag = (bytes: Buffer): string => readPayload(bytes).string();
