// Answers and requests as text that two proxies have in common.
import { withoutChance } from '../recordings/compare.ts'
import type { HeaderLines, SeenRequest, WireResponse } from '../recordings/recording.ts'

/** A text is the failure of the exchange itself. */
export function exchangeText(answer: WireResponse | string): string {
  if (typeof answer === 'string') return answer
  const { status_line, headers, body } = answer
  const echoed = body.startsWith('{"backend":')
  const lines = echoed ? headers.filter(([name]) => name !== 'content-length') : headers
  return [status_line, ...linesOf(lines), '', echoed ? 'ECHO' : body].join('\n')
}

export function seenText({ by, line, headers, body }: SeenRequest): string {
  return [by, line, ...linesOf(headers), '', body].join('\n')
}

function linesOf(headers: HeaderLines): string[] {
  const attempt = headers.find(([name]) => name === 'x-envoy-attempt-count')?.[1] ?? '1'
  return headers.map(([name, value]) => {
    const remaining = name === 'x-envoy-expected-rq-timeout-ms' && attempt !== '1'
    // In place of a client on the loopback Envoy names the address of its own machine.
    const shown = name === 'x-forwarded-for' ? value.replace(/[\d.]+$/, 'CLIENT') : value
    return `${name}: ${remaining ? 'REMAINING' : withoutChance(name, shown)}`
  })
}
