// The same through a real RabbitMQ alone: a durable queue, persistent messages, publisher confirms, acknowledged one by one.

/** The part of amqplib that is used. */
interface Channel {
  assertQueue(name: string, options: object): Promise<{ queue: string }>
  prefetch(count: number): Promise<unknown>
  consume(queue: string, take: (message: object | null) => void): Promise<unknown>
  ack(message: object): void
  sendToQueue(queue: string, content: Buffer, options: object, confirmed: (error: unknown) => void): boolean
  deleteQueue(queue: string): Promise<unknown>
}

interface Connection {
  createConfirmChannel(): Promise<Channel>
  close(): Promise<void>
}

/** Messages delivered a second; undefined without RABBITMQ_URL. */
export async function rawRabbit(messages: number, inFlight: number): Promise<number | undefined> {
  const url = process.env.RABBITMQ_URL
  if (!url) return undefined
  // A name the compiler does not resolve: the driver is only there where RabbitMQ is used.
  const driver = 'amqplib'
  const { connect } = (await import(driver)) as { connect(url: string): Promise<Connection> }
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('skiff-bench', { durable: true })
  await channel.prefetch(inFlight)
  const content = Buffer.alloc(1_024, 'x')
  const startedAt = performance.now()
  const delivered = consume(channel, queue, messages)
  let next = 0
  const producer = async () => {
    while (next++ < messages) {
      await new Promise<void>((resolve, reject) => {
        channel.sendToQueue(queue, content, { persistent: true }, error => (error ? reject(error) : resolve()))
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, producer))
  await delivered
  const seconds = (performance.now() - startedAt) / 1_000
  await channel.deleteQueue(queue)
  await connection.close()
  return messages / seconds
}

function consume(channel: Channel, queue: string, messages: number): Promise<void> {
  let received = 0
  return new Promise(resolve => {
    void channel.consume(queue, message => {
      if (!message) return
      channel.ack(message)
      if (++received === messages) resolve()
    })
  })
}
