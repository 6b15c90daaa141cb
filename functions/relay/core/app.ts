import { hop } from '../hop.ts'

export default hop({ name: 'core-svc-golang', upstream: 'http://worldtimeapi.org/api/timezone/Asia/Jakarta/' })
