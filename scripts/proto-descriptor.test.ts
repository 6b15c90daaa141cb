import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { descriptorFile, descriptorOf } from './proto-descriptor.ts'

it('OBS-20: the descriptor that functions load says what the .proto files say', () => {
  expect(JSON.parse(readFileSync(descriptorFile, 'utf8'))).toEqual(JSON.parse(descriptorOf()))
})
