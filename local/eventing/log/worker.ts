// The thread that owns the log's file, so that waiting for the disk never holds up requests.
import { parentPort, workerData } from 'node:worker_threads'
import { LogDatabase } from './database.ts'
import type { LogReply, LogRequest } from './protocol.ts'

// Small steps with pauses: an append never waits long behind a deletion. What was done with meanwhile goes together.
const compactionStep = 500
const compactionPauseMs = 10
const compactionDelayMs = 50

const reply = (message: LogReply) => parentPort?.postMessage(message)

function start(file: string): void {
  const database = new LogDatabase(file)
  const compaction = compact(database)
  parentPort?.on('message', (request: LogRequest) => {
    if (request.type === 'close') compaction.stop()
    try {
      reply(answer(database, request))
      if (request.type === 'commit') compaction.later()
    } catch (error) {
      reply({ type: 'failed', id: request.id, message: messageOf(error) })
    }
    if (request.type === 'close') parentPort?.close()
  })
  reply({ type: 'opened', last: database.last, size: { ...database.size }, progress: database.progress() })
  compaction.later()
}

/** Deletes step by step what nobody waits for any more, and tells the size after each. */
function compact(database: LogDatabase): { later(ms?: number): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const later = (ms = compactionDelayMs) => {
    timer ??= setTimeout(() => {
      timer = undefined
      step()
    }, ms)
  }
  const step = () => {
    try {
      if (database.compact(compactionStep)) later(compactionPauseMs)
      reply({ type: 'size', size: { ...database.size } })
    } catch (error) {
      reply({ type: 'failed', id: undefined, message: `compaction: ${messageOf(error)}` })
    }
  }
  return { later, stop: () => clearTimeout(timer) }
}

function answer(database: LogDatabase, request: LogRequest): LogReply {
  const { id } = request
  switch (request.type) {
    case 'commit':
      database.commit(request.entries, request.progress, request.forget)
      return { type: 'committed', id, size: { ...database.size } }
    case 'read':
      return { type: 'entries', id, ...database.read(request.broker, request.after, request.limit, request.maxBytes) }
    case 'get': {
      const entry = database.get(request.seq)
      return { type: 'entries', id, entries: entry ? [entry] : [], scanned: request.seq }
    }
    case 'journeys':
      return { type: 'journeys', id, rows: database.journeys() }
    case 'journal':
      database.saveJourneys(request.rows, request.gone)
      return { type: 'journeys', id, rows: [] }
    case 'close':
      database.close()
      return { type: 'closed', id }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

try {
  start((workerData as { file: string }).file)
} catch (error) {
  reply({ type: 'failed', id: undefined, message: messageOf(error) })
  parentPort?.close()
}
