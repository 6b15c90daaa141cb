// The markup of the dashboard. Its own addresses are relative: it is served below a prefix.
import type { Page } from '../../lib/page.ts'
import { script } from './script.ts'
import { style } from './style.ts'

export const page: Page = {
  title: 'Assets',
  icon: '⚙️',
  style,
  script,
  content: `<h1>Assets</h1>
<form id="login">
<label for="name">E-mail or user id</label>
<input id="name" name="name" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" minlength="8" required>
<div class="buttons">
<button type="submit">Log in</button>
<button type="button" id="register">Register</button>
</div>
</form>
<div id="session" hidden>
<p>Logged in as <strong id="who"></strong> <button type="button" id="logout">Log out</button></p>
<div class="wide" role="region" aria-label="Assets" tabindex="0">
<table>
<caption>What the machines say, as it comes</caption>
<thead><tr><th scope="col">Asset</th><th scope="col">Type</th><th scope="col">Temperature</th><th scope="col">Pressure</th><th scope="col">Risk</th></tr></thead>
<tbody id="assets"></tbody>
</table>
</div>
</div>
<p id="status" role="status" aria-live="polite"></p>
<p id="error" role="alert" hidden></p>
<noscript><p>This page needs JavaScript. The assets are at assets, their changes at assets/stream.</p></noscript>`,
}
