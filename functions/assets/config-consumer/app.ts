// config-consumer: keeps what happened to applications, and builds what the authorization knows of them.
import { history } from '../history.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default history('config-consumer', 'app-authorization-ms')
