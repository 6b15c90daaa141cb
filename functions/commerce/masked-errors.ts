// Errors nobody expected: the client learns nothing of them, and the log everything.
import type { GraphQLError } from 'graphql'
import { maskError, type Plugin } from 'graphql-yoga'
import type { Env } from '../lib/env.ts'
import { logOf } from '../lib/log.ts'
import { propagate, traceId } from '../lib/propagation.ts'

/** What stands behind an error that the client is shown. */
const causes = new WeakMap<object, unknown>()

/** Errors thrown as `GraphQLError` are shown; in the place of all others stands one that says nothing. */
export const masking = {
  maskError(error: unknown, message: string): Error {
    const masked = maskError(error, message, false)
    if (masked !== error) causes.set(masked, error)
    return masked
  },
}

interface Given {
  env: Env
}

interface Result {
  errors?: readonly GraphQLError[] | undefined
}

/** Tells the log what was masked, with the field it happened in. */
export const tellsErrors: Plugin<Given> = {
  onResultProcess({ request, result, setResult, serverContext }) {
    const log = logOf((serverContext as unknown as Given).env)
    const trace_id = traceId(propagate(request.headers))
    const tell = ({ errors = [] }: Result) => {
      for (const error of errors.filter(each => causes.has(each))) {
        log.error('field failed', { path: error.path, error: String(causes.get(error)), trace_id })
      }
    }
    if (Symbol.asyncIterator in result) setResult(told(result as AsyncIterable<Result>, tell) as typeof result)
    else for (const each of [result].flat()) tell(each as Result)
  },
}

/** The same results, each told when it comes. Whoever stops listening stops what they come from. */
function told(results: AsyncIterable<Result>, tell: (result: Result) => void): AsyncIterableIterator<Result> {
  const iterator = results[Symbol.asyncIterator]()
  return {
    async next() {
      const next = await iterator.next()
      if (!next.done) tell(next.value)
      return next
    },
    return: async value => (await iterator.return?.(value)) ?? { done: true, value },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
