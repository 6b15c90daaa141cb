// The types of what Bookinfo answers.

export const json = { 'content-type': 'application/json' }
export const text = { 'content-type': 'text/plain; charset=utf-8' }
