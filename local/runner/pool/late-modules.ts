// Modules that a pool process loads with their first use, although a preloaded package asks for them at once: each
// would take a tenth of the boot, for what most functions never do.
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild'

interface LateModule {
  /** How the package asks for it. */
  specifier: RegExp
  /** The files that do. */
  importer: RegExp
  /** Stands for the module, given the expression that loads it. */
  standIn(load: string): string
}

// Loaded by its first call, as a function or a constructor.
const called = (load: string) => `module.exports = function (...given) {
  const real = ${load}
  return new.target ? new real(...given) : real(...given)
}`

export const lateModules: readonly LateModule[] = [
  // HTTP/2 to servers, which undici speaks only where it was told to.
  { specifier: /\/client-h2\.js$/, importer: /[\\/]undici[\\/]lib[\\/]/, standIn: called },
  // The worker thread of pino's transports.
  { specifier: /^thread-stream$/, importer: /[\\/]pino[\\/]lib[\\/]/, standIn: called },
  {
    // Whether there is any, and random boundaries of multipart bodies.
    specifier: /^node:crypto$/,
    importer: /[\\/]undici[\\/]lib[\\/](util[\\/]runtime-features|web[\\/]fetch[\\/]body)\.js$/,
    standIn: load => `if (!process.versions.openssl) ${load}
exports.randomInt = (...given) => ${load}.randomInt(...given)`,
  },
  {
    // Asked whether a request came by HTTP/2: one of HTTP/1.1 answers that without it.
    specifier: /^node:http2$/,
    importer: /[\\/]@hono[\\/]node-server[\\/]/,
    standIn: load => `const { IncomingMessage } = require('node:http')
exports.Http2ServerRequest = class {
  static [Symbol.hasInstance](value) {
    return !(value instanceof IncomingMessage) && value instanceof ${load}.Http2ServerRequest
  }
}
Object.defineProperty(exports, 'constants', { get: () => ${load}.constants, enumerable: true })`,
  },
]

const namespace = 'late'

/** Puts the stand-ins into a bundle. */
export function lateModulesPlugin(): Plugin {
  return {
    name: 'late-modules',
    setup(build) {
      const resolveReal = async (
        args: OnResolveArgs,
        { standIn }: LateModule,
      ): Promise<OnResolveResult | undefined> => {
        // The stand-in itself asks for the real one.
        if (args.namespace === namespace || args.pluginData === namespace) return undefined
        const { path: specifier, resolveDir, kind, importer } = args
        const real = await build.resolve(specifier, { resolveDir, kind, importer, pluginData: namespace })
        if (real.errors.length > 0) return { errors: real.errors }
        return { path: real.path, namespace, pluginData: standIn }
      }
      for (const late of lateModules) {
        build.onResolve({ filter: late.specifier }, args =>
          late.importer.test(args.importer) ? resolveReal(args, late) : undefined,
        )
      }
      build.onLoad({ filter: /./, namespace }, ({ path, pluginData }) => ({
        contents: (pluginData as LateModule['standIn'])(`require(${JSON.stringify(path)})`),
        loader: 'js',
        resolveDir: '/',
      }))
    },
  }
}
