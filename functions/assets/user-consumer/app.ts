// user-consumer: keeps what happened to users, and builds what the authentication knows of them.
import { history } from '../history.ts'

export { requireStore as start } from '../../lib/stores.ts'

export default history('user-consumer', 'authentication-ms')
