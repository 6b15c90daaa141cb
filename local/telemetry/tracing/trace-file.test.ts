import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import type { Span } from '../contract.ts'
import { TraceFile } from './trace-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'trace-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const newFile = () => join(folder, `traces-${++files}.jsonl`)

function span(spanId: string): Span {
  return {
    ...{ traceId: 't', spanId, service: 'a', namespace: 'n', name: 'x'.repeat(100), kind: 'server', start: 1 },
    ...{ end: 2, attributes: { n: 1 } },
  }
}

const idsIn = async (file: string) =>
  (await new TraceFile({ clock: systemClock, file }).load()).map(({ spanId }) => spanId)

describe('the file of spans', () => {
  it('gives back what was added, in order, after it was closed', async () => {
    const file = newFile()
    const traces = new TraceFile({ clock: systemClock, file })
    expect(await traces.load()).toEqual([])
    for (const id of ['1', '2', '3']) traces.add(span(id))
    await traces.close()
    expect(await new TraceFile({ clock: systemClock, file }).load()).toEqual(['1', '2', '3'].map(span))
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('writes a span as it is when its moment comes, later corrections included', async () => {
    const file = newFile()
    const traces = new TraceFile({ clock: systemClock, file })
    const one = span('1')
    traces.add(one)
    one.parentId = 'p'
    await traces.close()
    expect((await new TraceFile({ clock: systemClock, file }).load())[0]?.parentId).toBe('p')
  })

  it('leaves out lines that were cut off, and what is no span', async () => {
    const file = newFile()
    const traces = new TraceFile({ clock: systemClock, file })
    traces.add(span('1'))
    await traces.close()
    appendFileSync(file, '{"traceId":1}\nnull\n{"traceId":"t","spanId"')
    expect(await idsIn(file)).toEqual(['1'])
  })

  it('stays within its bound, and keeps the newest', async () => {
    const file = newFile()
    const maxBytes = 4_000
    for (let round = 0; round < 30; round++) {
      const traces = new TraceFile({ clock: systemClock, file, maxBytes })
      for (let count = 0; count < 3; count++) traces.add(span(`${round}-${count}`))
      await traces.close()
    }
    const kept = await idsIn(file)
    expect(kept.at(-1)).toBe('29-2')
    expect(kept).not.toContain('0-0')
    expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThan(maxBytes * 1.5)
  })

  it('lets go what cannot be written', async () => {
    const traces = new TraceFile({ clock: systemClock, file: join(folder, 'missing', 'traces.jsonl') })
    traces.add(span('1'))
    await traces.close()
    expect(existsSync(join(folder, 'missing'))).toBe(false)
  })
})
