// Passwords as they are kept: scrypt with a salt, and its parameters beside it.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** About 50 ms and 32 MiB for each try. */
const parameters = { N: 2 ** 15, r: 8, p: 1 }
const maxmem = 64 * 1024 * 1024
const keyBytes = 32

/** What to keep of a password: `scrypt$N$r$p$SALT$HASH`, the last two in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { N, r, p } = parameters
  const hash = await derive(password, salt, parameters)
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Whether the password is the one that was kept. Takes as long when nothing was: who asks learns nothing from the time. */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [kind, N, r, p, salt = '', hash = ''] = (kept ?? '').split('$')
  if (kind !== 'scrypt') {
    await derive(password, Buffer.alloc(16), parameters)
    return false
  }
  const wanted = Buffer.from(hash, 'base64url')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return wanted.length === derived.length && timingSafeEqual(wanted, derived)
}

function derive(password: string, salt: Buffer, options: typeof parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, { ...options, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
