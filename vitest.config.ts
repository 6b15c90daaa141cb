import { defineConfig } from 'vitest/config'
import { cluster, patience } from './test/acceptance/target.ts'

const minute = 60_000 * patience

/** Quick tests beside the code. */
const unit = {
  extends: true as const,
  test: {
    name: 'unit',
    include: ['{local,functions,scripts,load,dashboard}/**/*.test.ts'],
    testTimeout: 20_000,
  },
}

/** Suites that start real processes, which run a few files at a time: they mostly wait, and three keep two cores busy. */
const whole = {
  test: { name: 'whole', include: ['test/**/*.test.ts'], testTimeout: minute, hookTimeout: minute, maxWorkers: 3 },
}

/** What can be asked of a cluster: one file after another, because all of them ask the same one. */
const acceptance = {
  test: {
    name: 'acceptance',
    include: ['test/acceptance/**/*.test.ts'],
    globalSetup: ['test/acceptance/cluster-setup.ts'],
    testTimeout: minute,
    hookTimeout: 10 * minute,
    maxWorkers: 1,
  },
}

export default defineConfig({
  // Vite would take the other of graphql's two builds than the packages that Node loads, and neither knows the other's types.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: { projects: cluster ? [acceptance] : [unit, whole] },
})
