// The globals of fetch, taken from the preloaded undici: Node's own copy of the same code takes longer to load than all
// the rest of a pool process, because it comes without V8's code cache of what runs at once.

/** Loaded before any of them: the converters of bodies, which a Request asks for but does not load. */
export const webGlobalsBase = 'undici/lib/web/fetch/response.js'

/** Where undici keeps each global. */
export const webGlobals: Readonly<Record<string, string>> = {
  Request: 'undici/lib/web/fetch/request.js',
  Response: 'undici/lib/web/fetch/response.js',
  Headers: 'undici/lib/web/fetch/headers.js',
  FormData: 'undici/lib/web/fetch/formdata.js',
  fetch: 'undici/lib/web/fetch/index.js',
  WebSocket: 'undici/lib/web/websocket/websocket.js',
  CloseEvent: 'undici/lib/web/websocket/events.js',
  MessageEvent: 'undici/lib/web/websocket/events.js',
}

/**
 * Makes each name a global that is loaded when it is first read. All of Node's must be replaced together: a FormData of
 * one copy is no FormData to the other's Request.
 */
export function provideGlobals(load: Readonly<Record<string, () => unknown>>): void {
  for (const [name, value] of Object.entries(load)) {
    const settle = (settled: unknown): unknown => {
      Object.defineProperty(globalThis, name, { value: settled, writable: true, configurable: true, enumerable: false })
      return settled
    }
    // Defining over Node's property would load what it stands for; removing it does not.
    Reflect.deleteProperty(globalThis, name)
    Object.defineProperty(globalThis, name, {
      get: () => settle(value()),
      set: settle,
      configurable: true,
      enumerable: false,
    })
  }
}
