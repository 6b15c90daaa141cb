// `node scripts/proto-descriptor.ts`: writes what functions load instead of the .proto files, as one JSON descriptor.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The parser that @grpc/proto-loader brings, and reads descriptors with. */
const protobuf = createRequire(createRequire(import.meta.url).resolve('@grpc/proto-loader'))('protobufjs') as {
  loadSync(files: string[]): { toJSON(): object }
}

const folder = fileURLToPath(new URL('../proto/', import.meta.url))
const files = [
  'greeting.proto',
  'greeting/v1/greeting.proto',
  'greeting/v2/greeting.proto',
  'greeting/v3/greeting.proto',
]

/** Where the descriptor stands. */
export const descriptorFile = `${folder}greeting.json`

/** The text of the descriptor of all packages. Throws with file and line where a .proto file is broken. */
export function descriptorOf(): string {
  return `${JSON.stringify(protobuf.loadSync(files.map(file => folder + file)).toJSON(), null, 2)}\n`
}

if (import.meta.main) writeFileSync(descriptorFile, descriptorOf())
