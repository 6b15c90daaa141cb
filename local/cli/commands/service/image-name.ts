// The name a service gets from its image.

/** The last part of an image's path without tag and digest, as a name: `lab.local/shop/Cart_api:1` is `cart-api`. */
export function imageNameOf(image: string): string {
  const last = image.replace(/@.*$/, '').split('/').at(-1) ?? ''
  const plain = last.replace(/:.*$/, '').toLowerCase()
  return plain.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')
}
