// What the greeting page does in the browser. Plain JavaScript, kept as text: it is sent, never run here.

export const script = `const form = document.querySelector('#ask')
const input = document.querySelector('#api')
const button = form.querySelector('button')
const full = document.querySelector('#full')
const status = document.querySelector('#status')
const error = document.querySelector('#error')
const cards = document.querySelector('#cards')
const timeoutMs = 30000

// Served at ui.X, the API is at api.X, on the same port.
input.value = location.host.startsWith('ui.') ? 'api.' + location.host.slice(3) : 'api.dev.example-api.com'

function target() {
  const address = input.value.trim().replace(/^https?:\\/\\//i, '')
  const url = new URL('http://' + address)
  if (url.pathname === '/') url.pathname = '/api/greeting'
  return url.href
}

function showTarget() {
  try {
    full.value = target()
    input.setCustomValidity('')
  } catch {
    full.value = 'http://' + input.value
    input.setCustomValidity('Enter a host, such as api.greeting.localhost:8080')
  }
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

function card(greeting) {
  const item = document.createElement('li')
  const facts = document.createElement('dl')
  facts.append(element('dt', 'id'), element('dd', greeting.id), element('dt', 'created'), element('dd', greeting.created))
  item.append(element('h2', greeting.service), element('p', greeting.message), facts)
  return item
}

async function ask(url) {
  const answer = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(timeoutMs) })
  const body = await answer.text()
  if (!answer.ok) throw new Error('The API answered ' + answer.status + (body ? ': ' + body.slice(0, 200) : ''))
  let parsed
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new Error('The answer is not JSON.')
  }
  const greetings = Array.isArray(parsed) ? parsed : parsed?.greeting
  if (!Array.isArray(greetings)) throw new Error('The answer holds no greetings.')
  return greetings
}

function explain(reason) {
  if (reason.name === 'TimeoutError') return 'No answer within ' + timeoutMs / 1000 + ' seconds.'
  if (reason instanceof TypeError) return 'The API could not be reached. Is the address right, and does it allow requests from this page?'
  return reason.message
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  if (button.getAttribute('aria-disabled') === 'true') return
  const url = target()
  button.setAttribute('aria-disabled', 'true')
  cards.replaceChildren()
  error.hidden = true
  status.textContent = 'Asking…'
  const begun = performance.now()
  try {
    const greetings = await ask(url)
    cards.replaceChildren(...greetings.map(card))
    status.textContent = 'Response time: ~' + Math.round(performance.now() - begun) + ' ms'
  } catch (reason) {
    status.textContent = ''
    error.textContent = explain(reason)
    error.hidden = false
  } finally {
    button.setAttribute('aria-disabled', 'false')
  }
})
input.addEventListener('input', showTarget)
showTarget()
`
