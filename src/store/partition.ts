/**
 * The partition of a key: FNV-1a (32 bit) over its UTF-8 bytes, mixed by the finaliser of MurmurHash3, modulo the number
 * of partitions. Every driver uses it, and it never changes: data on disks and in engines depends on it.
 *
 * @returns 0 ... partitions - 1
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  // The low bits of FNV alone depend on the low bits of the bytes alone.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}
