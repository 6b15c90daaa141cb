import { hop } from '../hop.ts'

export default hop({ name: 'random-svc-node', upstream: 'http://middleware-svc.relay/' })
