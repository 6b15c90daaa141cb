import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { largestBody, readJson, readYaml } from './body.ts'

const request = (body: string | Buffer, headers: Record<string, string> = {}) =>
  Object.assign(Readable.from([Buffer.from(body)]), { headers }) as unknown as IncomingMessage
const yaml = { 'content-type': 'application/yaml' }

describe('a body', () => {
  it.each<[string, string, Record<string, string>, unknown]>([
    ['of JSON', '{"a":[1,null,"x"]}', {}, { a: [1, null, 'x'] }],
    ['of nothing', '', {}, undefined],
    ['of space', '  \n', {}, undefined],
    ['of YAML, where its type says so', 'a: [1, x]\n', yaml, { a: [1, 'x'] }],
    ['of YAML with a charset', 'a: 1', { 'content-type': 'application/YAML; charset=utf-8' }, { a: 1 }],
    ['of YAML that is JSON', '{"a": 1}', yaml, { a: 1 }],
    ['of YAML with an alias', 'a: &x {b: 1}\nc: *x\n', yaml, { a: { b: 1 }, c: { b: 1 } }],
    ['of YAML with what looks like a date', 'a: 2026-11-21\n', yaml, { a: '2026-11-21' }],
  ])('%s', async (_, text, headers, wanted) => expect(await readJson(request(text, headers))).toEqual(wanted))

  it('of an apply patch is YAML or JSON, whatever it says', async () => {
    expect(await readYaml(request('a: 1'))).toEqual({ a: 1 })
    expect(await readYaml(request(' {"a":1}'))).toEqual({ a: 1 })
  })

  it.each<[string, string | Buffer, Record<string, string>, string, string]>([
    ['that is no JSON', '{a', {}, 'BadRequest', 'is not JSON'],
    ['that is no YAML', 'a: [', yaml, 'BadRequest', 'is not YAML'],
    ['of YAML with too many aliases', bomb(), yaml, 'BadRequest', 'is not YAML'],
    ['that nests too deep', `${'['.repeat(300)}${']'.repeat(300)}`, {}, 'BadRequest', 'nests deeper than 256'],
    ['of YAML that nests too deep', `${'['.repeat(300)}${']'.repeat(300)}`, yaml, 'BadRequest', ''],
    ['announced too large', '{}', { 'content-length': String(largestBody + 1) }, 'RequestEntityTooLarge', 'limit is'],
    ['too large', Buffer.alloc(largestBody + 1), {}, 'RequestEntityTooLarge', 'limit is'],
    ['of protobuf that is none', '{}', { 'content-type': 'application/vnd.kubernetes.protobuf' }, 'BadRequest', 'k8s'],
  ])('%s is refused', async (_, body, headers, reason, sentence) => {
    await expect(readJson(request(body, headers))).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(sentence),
    })
  })

  it('of brackets in texts is not deep', async () => {
    const text = JSON.stringify({ a: `${'['.repeat(1_000)}\\"{{` })
    expect(await readJson(request(text))).toEqual(JSON.parse(text))
  })

  it('that breaks off is the client’s', async () => {
    const broken = new Readable({ read() {} })
    const reading = readJson(Object.assign(broken, { headers: {} }) as unknown as IncomingMessage)
    broken.destroy(new Error('aborted'))
    await expect(reading).rejects.toMatchObject({
      code: 400,
      message: expect.stringContaining('did not come to its end'),
    })
  })
})

/** Each line names the one before ten times. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`)
  return ['a0: &a0 [x]', ...lines].join('\n')
}
