import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  it('count per set of labels, also between scrapes', async () => {
    const metrics = createMetrics()
    const count = (code: string) => metrics.count('answers_total', 'Answers.', { code })
    for (const code of ['200', '200', '502']) count(code)
    expect((await metrics.expose()).text).toMatch(/answers_total\{code="200"\} 2\nanswers_total\{code="502"\} 1/)
    count('200')
    metrics.count('others_total', 'Others.')
    const { text, contentType } = await metrics.expose()
    expect(text).toContain('answers_total{code="200"} 3')
    expect(text).toContain('others_total 1')
    expect(text).toContain('# TYPE process_resident_memory_bytes gauge')
    expect(contentType).toMatch(/^text\/plain; version=/)
  })

  it('of two functions in one process stay apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.count('answers_total', 'Answers.')
    expect((await other.expose()).text).not.toContain('answers_total')
  })
})
