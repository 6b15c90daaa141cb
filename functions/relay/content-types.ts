// The types of what the relay answers.

export const text = { 'content-type': 'text/plain; charset=utf-8' }
export const json = { 'content-type': 'application/json; charset=utf-8' }
