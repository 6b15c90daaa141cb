// The look of the greeting page: the system's own fonts and colours, light or dark, from a phone's width up.

export const style = `:root {
  color-scheme: light dark;
  --ink: light-dark(#16202b, #e8edf2);
  --quiet: light-dark(#536170, #a3b0bd);
  --paper: light-dark(#f6f7f9, #11161c);
  --card: light-dark(#ffffff, #1a222b);
  --line: light-dark(#c9d1d9, #3a4754);
  --accent: light-dark(#0b5cad, #6cb6ff);
  --on-accent: light-dark(#ffffff, #0b1520);
  --alarm: light-dark(#a8201a, #ff9a92);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: clamp(1rem, 4vw, 3rem); }
h1 { margin: 0; font-size: 1.75rem; }
label { display: block; font-weight: 600; }
.field { display: flex; flex-wrap: wrap; align-items: stretch; gap: 0.5rem; }
.field span { align-self: center; color: var(--quiet); font-family: ui-monospace, monospace; }
input, button { min-height: 2.75rem; padding: 0 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; font: inherit; }
input { flex: 1 1 12rem; min-width: 0; background: var(--card); color: var(--ink); font-family: ui-monospace, monospace; }
button { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; cursor: pointer; }
button[aria-disabled='true'] { opacity: 0.6; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.full, #status { color: var(--quiet); }
.full output { overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
#status { min-height: 1.5em; }
#error { padding: 0.75rem 1rem; border-left: 4px solid var(--alarm); background: var(--card); color: var(--alarm); }
#cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1rem; margin: 0; padding: 0; list-style: none; }
#cards li { padding: 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); }
#cards h2 { margin: 0; font-size: 1.125rem; }
#cards p { margin: 0.25rem 0 0.75rem; font-style: italic; }
#cards dl { display: grid; grid-template-columns: auto 1fr; gap: 0 0.75rem; margin: 0; font-size: 0.8125rem; }
#cards dt { color: var(--quiet); }
#cards dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace; }
`
