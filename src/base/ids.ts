import { randomBytes, randomUUID } from 'node:crypto';

/** A version 4 UUID, lower case, 36 characters. */
export function uuid(): string {
  return randomUUID();
}

/** Random bytes as lower-case hex; 16 bytes (32 characters) unless told. */
export function hexId(bytes = 16): string {
  return randomBytes(bytes).toString('hex');
}
