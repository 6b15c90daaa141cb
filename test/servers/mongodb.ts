// MongoDB's wire protocol as mongo-java-server speaks it, with its documents in one file.
import { globSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { ServerKind } from './server.ts'

/** Where `install.sh` puts the jars: outside the repository, shared by all checkouts. */
export const jarFolder =
  process.env.SKIFF_TEST_JARS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'skiff', 'mongodb-jars')

/** The jars that are there. */
export const jars = (): string[] => globSync(join(jarFolder, '*.jar')).sort()

export const mongodb: ServerKind = {
  name: 'mongodb',
  url: port => `mongodb://127.0.0.1:${port}/test`,
  startTimeoutMs: 60_000,
  program: (port, folder) => ({
    command: 'java',
    args: [
      ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', jars().join(delimiter)],
      ...[join(import.meta.dirname, 'mongodb/Launcher.java'), String(port), join(folder, 'documents.mv')],
    ],
  }),
}
