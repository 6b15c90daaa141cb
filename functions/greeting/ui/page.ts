// The markup of the greeting page.
import type { Page } from '../../lib/page.ts'
import { script } from './script.ts'
import { style } from './style.ts'

export const page: Page = {
  title: 'Greetings',
  icon: '👋',
  style,
  script,
  // The visitor names the API.
  calls: 'http: https:',
  content: `<h1>Greetings</h1>
<p>One request, seven services: each greets once it has heard from those it calls.</p>
<form id="ask">
<label for="api">API URL</label>
<div class="field">
<span id="prefix">http://</span>
<input id="api" name="api" type="text" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false" required aria-describedby="prefix full">
<button type="submit">Submit</button>
</div>
<p class="full">Asks <output id="full" for="api"></output></p>
</form>
<p id="status" role="status" aria-live="polite"></p>
<p id="error" role="alert" hidden></p>
<ul id="cards" aria-label="Greetings received"></ul>
<noscript><p>This page needs JavaScript. The API answers without it: open its URL followed by /api/greeting.</p></noscript>`,
}
