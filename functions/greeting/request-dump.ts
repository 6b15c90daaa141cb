// A request as it would read on the wire, for people who want to see what reached a service.

/** Request line, Host, the other headers sorted, an empty line, the body's bytes. */
export async function dump(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(request.url)
  const lines = [
    `${request.method} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${request.headers.get('host') ?? url.host}`,
  ]
  for (const [name, value] of request.headers) {
    if (name !== 'host') lines.push(`${titleCase(name)}: ${value}`)
  }
  const head = new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`)
  const body = new Uint8Array(await request.arrayBuffer())
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return whole
}

function titleCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase())
}
