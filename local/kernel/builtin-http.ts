// Node's HTTP module, without what an import of it loads as well.

/**
 * An import reads every export once, and one of them is a WebSocket client that takes 30 ms of CPU to load. This reads none.
 * Types come from `node:http` as ever.
 */
export const http = process.getBuiltinModule('node:http')
