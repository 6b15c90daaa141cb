// `npm run load PROFILE`: sends the load of a profile, shows what came of it; exit code 1 when that is not good enough.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { seededRandom, systemRandom } from '../local/kernel/random.ts'
import { profiles } from './profiles/index.ts'
import { readCommandLine, type Wanted } from './run/command-line.ts'
import { limitText, modelText } from './run/profile.ts'
import { type Report, report } from './run/report.ts'
import { reportHtml } from './run/report-html.ts'
import { milliseconds, reportText } from './run/report-text.ts'
import { run } from './run/run.ts'
import { LoadFailure, targetOf } from './run/target.ts'

const usage = `Usage: npm run load PROFILE [-- OPTIONS]      (or: node load/main.ts PROFILE [OPTIONS])

Profiles:
${[...profiles.values()].map(each => `  ${each.name.padEnd(16)} ${each.about}`).join('\n')}

Options:
  --target URL       where to (default: the gateway of the system that runs here)
  --host HOST        the Host of the requests
  --workers N        closed model: so many at a time, each waits for its answer
  --rate N           open model: so many a second, whether or not earlier ones were answered; a latency counts from
                     the time its request was due; --random lets them come at random instead of evenly
  --requests N       ends after so many
  --duration S       ends after so many seconds
  --max-p99 TIME     fails above it, such as 250ms or 1.5s
  --max-errors N     fails above it, such as 0 or 0.5%
  --out FILE         writes an HTML report
  --json             prints the report as JSON, and nothing else
  --timeout S        how long an answer may pause (30)
  --state DIR        whose gateway (default .skiff; or SKIFF_STATE)
  --seed N, --insecure (takes any certificate)

Ctrl-C ends a run early and reports what was measured.
Exit codes: 0 good, 1 a threshold was missed or nothing answers, 2 wrong usage, 130 ended by Ctrl-C.
`

async function main(words: readonly string[]): Promise<number> {
  const wanted = readCommandLine(words, process.env, profiles)
  if (!wanted) {
    process.stdout.write(usage)
    return 0
  }
  if (wanted.out !== undefined) checkWritable(wanted.out)
  const target = await targetOf(wanted.target, wanted.stateDir)
  const interrupt = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort())
  const shown = await measured(wanted, target, interrupt.signal)
  process.stdout.write(wanted.json ? `${JSON.stringify(shown, undefined, 2)}\n` : reportText(shown))
  if (wanted.out !== undefined) writeFileSync(wanted.out, reportHtml(shown))
  return shown.interrupted ? 130 : shown.passed ? 0 : 1
}

async function measured(wanted: Wanted, target: string, signal: AbortSignal): Promise<Report> {
  const { profile, host, insecure, timeoutMs, seed } = wanted
  const startedAt = new Date()
  progress(wanted, `${profile.name}: ${modelText(profile.model)}, ${limitText(profile.limit)}`)
  const done = await run({
    ...{ profile, target, host, insecure, timeoutMs, signal },
    random: seed === undefined ? systemRandom : seededRandom(seed),
    progress: (seconds, { total: { latency, errors } }) => {
      const p99 = latency.count > 0 ? `, p99 ${milliseconds(latency.percentile(0.99))}` : ''
      progress(wanted, `${profile.name}: ${Math.round(seconds)} s, ${latency.count} requests, ${errors} errors${p99}`)
    },
  })
  progress(wanted, '')
  return report({ profile, target, host, startedAt, interrupted: signal.aborted, ...done })
}

/** Better said before a run of ten minutes than after it. */
function checkWritable(file: string): void {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK)
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder')
  } catch (error) {
    throw new LoadFailure(`--out ${file} cannot be written: ${error instanceof Error ? error.message : error}`, 2)
  }
}

function progress({ json }: Wanted, text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof LoadFailure)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
