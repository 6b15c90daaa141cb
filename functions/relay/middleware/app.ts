import { hop } from '../hop.ts'

export default hop({ name: 'prod-svc-python', upstream: 'http://core-svc.relay/' })
