// What real Istio and Envoy answered, asked again here: one test for each recorded request.
import { beforeAll, describe, expect, it } from 'vitest'
import { createRegistry } from '../../local/api/registry.ts'
import { seededRandom } from '../../local/kernel/random.ts'
import { readSources } from '../../local/manifests/read.ts'
import { acceptedSources, compileRecording, openMesh, withEchoes } from './mesh-under-test.ts'
import { isRequest, readRecording, recordingNames, type SeenRequest } from './recording.ts'
import { type Replayed, replay } from './replay.ts'
import { unhurriedClock } from './unhurried-clock.ts'

const registry = createRegistry()
const recordings = recordingNames().map(readRecording)

async function replayed(recording: (typeof recordings)[number]): Promise<Replayed> {
  const { documents, errors } = readSources(acceptedSources(recording), { registry })
  expect(errors).toEqual([])
  const seen = new Map<string, SeenRequest[]>()
  const note = (tag: string, request: SeenRequest) => void seen.set(tag, [...(seen.get(tag) ?? []), request])
  const objects = documents.map(({ object }) => object)
  const { clock, stop } = unhurriedClock()
  const echoes = await withEchoes(objects, note, seededRandom(1).next, clock)
  const compiled = compileRecording(echoes.objects)
  const result = await replay(recording, () => openMesh(compiled, clock), seen, clock)
  echoes.close()
  stop()
  return result
}

describe.each(recordings)('$name', recording => {
  let result: Replayed

  beforeAll(async () => {
    result = await replayed(recording)
  }, 120_000)

  for (const { id } of recording.steps.filter(isRequest)) {
    it(id, () => {
      expect((result.differences.get(id) ?? ['was not asked']).join('\n')).toBe('')
    })
  }

  const refused = recording.config.filter(document => document.refused)
  if (refused.length > 0) {
    it.each(refused)('refuses what Istio refused: $refused.name', ({ file, text }) => {
      expect(readSources([{ file, text }], { registry }).errors).not.toEqual([])
    })
  }
})
