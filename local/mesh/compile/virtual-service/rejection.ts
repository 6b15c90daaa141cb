// What Envoy refuses: one such value and the whole route configuration of the port is not taken.

/**
 * Thrown while a port is compiled. Istio sends routes as they are written, and Envoy takes a route configuration whole or
 * not at all: every host of the port keeps its old routes, or answers 404 when there are none.
 */
export class RejectedConfiguration extends Error {
  override readonly name = 'RejectedConfiguration'
}
