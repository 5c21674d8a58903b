/** A heartbeat that says nothing but who sends it. */
export const EMPTY_BEAT = { id: '', type: '', version: '', ip: '', tags: {}, status: '', startup: 0n };
