// The thread that owns the log's file, so that waiting for the disk never holds up requests.
import { parentPort, workerData } from 'node:worker_threads'
import { LogDatabase } from './database.ts'
import type { LogReply, LogRequest } from './protocol.ts'

// Small steps with pauses: an append never waits long behind a deletion.
const compactionStep = 500
const compactionPauseMs = 10

const reply = (message: LogReply) => parentPort?.postMessage(message)

function start(file: string): void {
  const database = new LogDatabase(file)
  let timer: NodeJS.Timeout | undefined

  const tidyLater = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      tidy()
    }, compactionPauseMs)
  }
  const tidy = () => {
    try {
      if (database.compact(compactionStep)) tidyLater()
      reply({ type: 'size', size: { ...database.size } })
    } catch (error) {
      reply({ type: 'failed', id: undefined, message: `compaction: ${messageOf(error)}` })
    }
  }
  const answer = (request: LogRequest): LogReply => {
    const { id } = request
    switch (request.type) {
      case 'commit':
        database.commit(request.entries, request.progress, request.forget)
        tidyLater()
        return { type: 'committed', id, size: { ...database.size } }
      case 'read':
        return { type: 'entries', id, ...database.read(request.broker, request.after, request.limit, request.maxBytes) }
      case 'get': {
        const entry = database.get(request.seq)
        return { type: 'entries', id, entries: entry ? [entry] : [], scanned: request.seq }
      }
      case 'close':
        clearTimeout(timer)
        database.close()
        return { type: 'closed', id }
    }
  }
  parentPort?.on('message', (request: LogRequest) => {
    try {
      reply(answer(request))
    } catch (error) {
      reply({ type: 'failed', id: request.id, message: messageOf(error) })
    }
    if (request.type === 'close') parentPort?.close()
  })
  reply({ type: 'opened', last: database.last, size: { ...database.size }, progress: database.progress() })
  tidyLater()
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
