import { greeter } from '../greeter.ts'
import { greeters } from '../letters.ts'

export default greeter(greeters.d)
