// `node scripts/bundle-function.ts SUITE/SERVICE OUT`: writes what a function's image holds below the folder OUT.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFunctionImage } from './images/function-image.ts'

const [source = '', outDir = '', ...rest] = process.argv.slice(2)

if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(source) || !outDir || rest.length > 0) {
  console.error('usage: node scripts/bundle-function.ts SUITE/SERVICE OUT')
  process.exit(2)
}

const projectDir = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const epoch = Number(process.env.SOURCE_DATE_EPOCH || 0)

try {
  const { bytes, external } = await writeFunctionImage({ source, projectDir, outDir: resolve(outDir), epoch })
  console.log(`${source}: ${Math.ceil(bytes / 1024)} KiB, beside it ${external.join(', ') || 'nothing'}`)
} catch (error) {
  console.error(`cannot bundle ${source}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
