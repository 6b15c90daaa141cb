// The look of the dashboard: the system's own fonts and colours, light or dark, from a phone's width up.

export const style = `:root {
  color-scheme: light dark;
  --ink: light-dark(#14221d, #e6efe9);
  --quiet: light-dark(#51635a, #a1b3a9);
  --paper: light-dark(#f5f8f6, #101613);
  --card: light-dark(#ffffff, #18211d);
  --line: light-dark(#c6d2cb, #384840);
  --accent: light-dark(#0b6b4a, #66d3a5);
  --on-accent: light-dark(#ffffff, #0c1a14);
  --warn: light-dark(#8a5300, #ffc670);
  --alarm: light-dark(#a8201a, #ff9a92);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { margin: 0 0 1rem; font-size: 1.75rem; }
form { display: grid; gap: 0.5rem; max-width: 24rem; }
label { font-weight: 600; }
input, button { min-height: 2.75rem; padding: 0 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; background: var(--card); color: var(--ink); font: inherit; }
.buttons { display: flex; gap: 0.5rem; margin-top: 0.5rem; }
button { cursor: pointer; font-weight: 600; }
button[type='submit'] { background: var(--accent); color: var(--on-accent); border-color: transparent; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status, #error, #who { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); }
caption { padding: 0.5rem 0; text-align: start; color: var(--quiet); }
th, td { padding: 0.5rem 0.75rem; border-bottom: 1px solid var(--line); text-align: start; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.high { color: var(--alarm); font-weight: 600; }
.some { color: var(--warn); }
#status { min-height: 1.5em; color: var(--quiet); }
#error { padding: 0.75rem 1rem; border-left: 4px solid var(--alarm); background: var(--card); color: var(--alarm); }
`
