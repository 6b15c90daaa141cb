// What a route does to headers: removed names, then values set, then values added.

/** A piece of a header value: literal text, or a `%COMMAND(argument):length%` to be filled in from the exchange. */
export type ValuePart = string | ValueCommand

export interface ValueCommand {
  /** `REQ`, `RESP`, `RESPONSE_CODE`, `UPSTREAM_HOST`, … */
  command: string
  /** What stands in parentheses; undefined when there are none. */
  argument: string | undefined
  /** `%REQ(x):10%` cuts to ten characters. */
  length: number | undefined
}

/** A value without commands is a plain string, the usual case. */
export type HeaderValue = string | readonly ValuePart[]

export interface HeaderRules {
  /** Names in lower case; taken away before anything is set. */
  remove: readonly string[]
  /** Sorted by name, as Istio sends them. `append: false` replaces every line of the name. */
  set: readonly HeaderOperation[]
  add: readonly HeaderOperation[]
}

export interface HeaderOperation {
  /** In lower case; `host` and `:authority` are both written `:authority`. */
  name: string
  value: HeaderValue
}
