// The look of the shop's page: the system's own fonts and colours, light or dark, from a phone's width up.

export const style = `:root {
  color-scheme: light dark;
  --ink: light-dark(#1d1b26, #ece9f4);
  --quiet: light-dark(#5b5768, #aaa5b8);
  --paper: light-dark(#f8f7fa, #141219);
  --card: light-dark(#ffffff, #1e1b26);
  --line: light-dark(#cfcad9, #453f52);
  --accent: light-dark(#5b3cc4, #b39dff);
  --on-accent: light-dark(#ffffff, #17121f);
  --good: light-dark(#14683a, #7fdca4);
  --alarm: light-dark(#a8201a, #ff9a92);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 48rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { margin: 0; font-size: 1.75rem; }
h2 { font-size: 1.25rem; }
label, legend { font-weight: 600; }
select, input, button { min-height: 2.75rem; padding: 0 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; background: var(--card); color: var(--ink); font: inherit; }
select { display: block; width: 100%; }
fieldset { margin: 1rem 0; padding: 0.5rem 1rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
.product { display: grid; grid-template-columns: 1fr auto 5rem; gap: 0.75rem; align-items: center; padding: 0.375rem 0; }
.product label { font-weight: 400; }
.product small { color: var(--quiet); }
.product input { width: 100%; text-align: end; }
button { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; cursor: pointer; }
button[aria-disabled='true'] { opacity: 0.6; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status { min-height: 1.5em; color: var(--quiet); }
#error { padding: 0.75rem 1rem; border-left: 4px solid var(--alarm); background: var(--card); color: var(--alarm); }
#orders { display: grid; gap: 0.75rem; margin: 0; padding: 0; list-style: none; }
#orders > li { padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); }
#orders h3 { margin: 0; font: 600 0.875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
#orders ol { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; margin: 0.5rem 0 0; padding: 0; list-style: none; font-size: 0.875rem; }
#orders ol li::before { content: '● '; color: var(--accent); }
#orders ol .FULFILLED::before { color: var(--good); }
#orders ol :is(.REJECTED, .FAILED, .CANCELLED)::before { color: var(--alarm); }
`
