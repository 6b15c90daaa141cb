// A message that is not HTTP/1.1 as we accept it, with the status a server answers.

export class MalformedMessage extends Error {
  /** 400, 426 or 431; the body of the answer is the reason phrase unless `bare`. */
  readonly status: number
  /** Envoy answers a few of these with an empty body. */
  readonly bare: boolean

  constructor(detail: string, status = 400, bare = false) {
    super(detail)
    this.name = 'MalformedMessage'
    this.status = status
    this.bare = bare
  }
}
