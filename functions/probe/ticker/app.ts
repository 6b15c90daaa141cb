// Sends one event when it starts: what a container of a ContainerSource does.
import { Hono } from 'hono'

const headers = { 'ce-specversion': '1.0', 'ce-id': 'tick-1', 'ce-source': '/ticker', 'ce-type': 'tick' }
if (process.env.K_SINK) void fetch(process.env.K_SINK, { method: 'POST', headers })

export default new Hono()
