// `import { world } from 'skiff/testing'`. Plain JavaScript: in node_modules of another project Node strips no types itself.
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

if (fileURLToPath(import.meta.url).includes(`${sep}node_modules${sep}`)) await import('../cli/bin/strip-types.js')

export const { world } = await import('./world.ts')
