// What users import in tests of their own routes: `import { world } from 'skiff/testing'`.
export type { Explanation } from '../mesh/explain.ts'
export type { Handler, StandIn } from './stand-ins.ts'
export { type Caller, type FetchOptions, type World, type WorldOptions, world } from './world.ts'
