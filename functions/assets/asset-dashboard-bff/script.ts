// The script of the dashboard: logs in, shows the assets, and reads their changes from a stream that carries the token.

export const script = `'use strict'
const $ = id => document.getElementById(id)
let token = ''
let leaving = null

function complain(text) {
  $('error').textContent = text
  $('error').hidden = text === ''
}
const say = text => { $('status').textContent = text }
const authorized = () => ({ authorization: 'Bearer ' + token })

async function post(path, body, headers = {}) {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const text = await answer.text()
  const data = text ? JSON.parse(text) : {}
  if (!answer.ok) throw new Error(data.error || 'the server answered ' + answer.status)
  return data
}

function row(asset) {
  const id = 'asset-' + asset.id
  const made = $(id) || Object.assign(document.createElement('tr'), { id })
  const risk = asset.riskRating < 0 ? 'not assessed' : String(asset.riskRating)
  const cells = [asset.id, asset.type || '', asset.temperature ?? '', asset.pressure ?? '', risk]
  made.replaceChildren(...cells.map(text => Object.assign(document.createElement('td'), { textContent: text })))
  made.lastChild.className = asset.riskRating >= 60 ? 'high' : asset.riskRating >= 30 ? 'some' : ''
  if (!made.isConnected) $('assets').append(made)
}

function changed(type, asset) {
  if (type === 'asset.deleted') $('asset-' + asset.id)?.remove()
  else row(asset)
  say(type + ': ' + asset.id)
}

async function refresh() {
  const answer = await fetch('assets', { headers: authorized() })
  if (answer.status === 401) throw new Error('the session is over')
  $('assets').replaceChildren()
  for (const asset of await answer.json()) row(asset)
  say(answer.headers.has('x-degraded') ? 'The asset manager does not answer: nothing to show for now.' : '')
}

/** Read by hand, because EventSource cannot send a token. */
async function watch(signal) {
  while (!signal.aborted) {
    try {
      const answer = await fetch('assets/stream', { headers: authorized(), signal })
      if (answer.status === 401) throw new Error('the session is over')
      await refresh()
      let rest = ''
      for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + part).split('\\n\\n')
        rest = blocks.pop()
        for (const block of blocks) {
          const type = /^event: (.*)$/m.exec(block)
          const data = /^data: (.*)$/m.exec(block)
          if (type && data) changed(type[1], JSON.parse(data[1]))
        }
      }
    } catch (error) {
      if (signal.aborted) return
      if (error.message === 'the session is over') return logOut(error.message)
    }
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

function logOut(why) {
  leaving?.abort()
  token = ''
  $('session').hidden = true
  $('login').hidden = false
  say('')
  complain(why || '')
  $('name').focus()
}

async function logIn() {
  const name = $('name').value
  const session = await post('login', { username: name, password: $('password').value })
  token = session.token
  $('who').textContent = session.userId
  $('login').hidden = true
  $('session').hidden = false
  $('password').value = ''
  leaving = new AbortController()
  watch(leaving.signal)
}

$('login').addEventListener('submit', event => {
  event.preventDefault()
  complain('')
  say('Logging in…')
  logIn().then(() => say(''), error => { say(''); complain(error.message) })
})
$('register').addEventListener('click', async () => {
  complain('')
  if (!$('login').reportValidity()) return
  say('Registering…')
  try {
    await post('register', { email: $('name').value, password: $('password').value })
    // The authentication learns of a user by an event, a moment later.
    for (let tries = 0; ; tries++) {
      try {
        await logIn()
        break
      } catch (error) {
        if (tries === 4) throw error
        await new Promise(resolve => setTimeout(resolve, 800))
      }
    }
    say('')
  } catch (error) {
    say('')
    complain(error.message)
  }
})
$('logout').addEventListener('click', () => {
  post('logout', {}, authorized()).catch(() => {})
  logOut()
})
`
