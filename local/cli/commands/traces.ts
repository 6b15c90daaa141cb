// `skiff traces`: the last requests and events with all they led to, and one of them as a waterfall.
import { InvalidArgumentError } from 'commander'
import type { TraceSummary, TraceView } from '../../telemetry/contract.ts'
import { type AddCommand, commandOf, contextOf } from '../command.ts'
import { formatTraces, formatWaterfall } from './traces/waterfall.ts'

const help = `
A trace is kept of every request that comes in, up to 100 new ones a second, or of the share that a Telemetry
(randomSamplingPercentage) or MeshConfig (defaultConfig.tracing.sampling) names; the newest 1,000 can be shown. Requests
whose own trace context says not sampled are left out. OTEL_EXPORTER_OTLP_ENDPOINT sends them to a collector as well.`

export const addTraces: AddCommand = (program, terminal) => {
  program
    .command('traces')
    .description('show the last traces, or the waterfall of one')
    .argument('[id]', 'of a trace, or of a request (x-request-id) or an event in it')
    .option('--limit <count>', 'so many of the newest', wholeNumber, 20)
    .addHelpText('after', help)
    .action(async (id: string | undefined, { limit }: { limit: number }, ...rest) => {
      const { api, print } = contextOf(commandOf(rest), terminal)
      if (id === undefined) {
        const traces = await api.request<TraceSummary[]>('GET', `/skiff/traces?limit=${limit}`)
        print(traces, () => (traces.length === 0 ? 'no traces yet\n' : formatTraces(traces)))
        return
      }
      const trace = await api.request<TraceView>('GET', `/skiff/traces?id=${encodeURIComponent(id)}`)
      print(trace, () => formatWaterfall(trace, terminal.columns))
    })
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}
