// Strips the types of this package's TypeScript where Node itself refuses to: in node_modules of another project.
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

const own = new URL('../../../', import.meta.url).href

registerHooks({
  load(url, context, nextLoad) {
    const file = url.split('?')[0]
    if (!file.startsWith(own) || !file.endsWith('.ts')) return nextLoad(url, context)
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(file), 'utf8'))
    return { format: 'module', shortCircuit: true, source }
  },
})
