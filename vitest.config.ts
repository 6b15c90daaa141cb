import { defineConfig } from 'vitest/config'

// Two projects: quick tests beside the code, and suites that start real processes, which run a few files at a time.
export default defineConfig({
  // Vite would take the other of graphql's two builds than the packages that Node loads, and neither knows the other's types.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{local,functions,scripts,load,dashboard}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They mostly wait: three at a time keep two cores busy.
          maxWorkers: 3,
        },
      },
    ],
  },
})
