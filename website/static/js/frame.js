// What every page may use. All of it is optional: pages read, submit and print without it.
// No words here: they come from the templates, as data attributes, so that they are translated there.
const root = document.documentElement;
const one = (selector, from = document) => from.querySelector(selector);
const every = (selector, from = document) => [...from.querySelectorAll(selector)];
root.classList.add("js");

// Theme, remembered on this device. Without a choice, or without JavaScript, the system decides.
const kept = (key, value) => {
  try {
    if (value === undefined) return localStorage.getItem(key);
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // storage is refused in some private windows: nothing is remembered, everything works
  }
  return null;
};
const theme = kept("theme");
if (theme === "dark" || theme === "light") root.dataset.theme = theme;
one("[data-theme-toggle]")?.addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  kept("theme", root.dataset.theme);
});

// The sub-bar scrolls on a phone: where one is must be seen.
one(".subnav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A list of mistakes takes the focus, wherever the page was left.
one("[data-error-summary]")?.focus();

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) return print();
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  } catch {
    prompt(button.textContent.trim(), button.dataset.copy); // plain http in a hall has no clipboard
  }
});

// Folds that are open on wide screens and closed on phones.
const wide = matchMedia("(min-width: 60rem)");
const folds = every("details[data-open-wide]");
const fit = () => folds.forEach((fold) => (fold.open = wide.matches));
if (folds.length) {
  fit();
  wide.addEventListener("change", fit);
}

// Undo instead of "are you sure?": a form[data-undo] waits eight seconds behind the toast. Reading it, or the keyboard
// on it, holds the clock. Who leaves the page has decided: the request goes out then.
const toast = one("[data-toast]");
let held = null;
const send = () => {
  const { form, button } = held;
  cancel();
  form.dataset.sent = "";
  if (button) form.requestSubmit(button);
  else form.requestSubmit();
};
const cancel = () => {
  clearTimeout(held?.timer);
  held = null;
  toast.hidden = true;
};
const wait = () => {
  clearTimeout(held?.timer);
  if (held) held.timer = setTimeout(send, 8000);
};
const leave = () => {
  if (!held) return;
  const { form, button } = held;
  cancel();
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  fetch(form.action, { method: "POST", body, keepalive: true });
};
if (toast) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const text = button?.dataset.undo ?? form.dataset.undo;
    if (text === undefined || "sent" in form.dataset || event.defaultPrevented) return;
    event.preventDefault();
    leave(); // one toast at a time: what waited before goes now
    held = { form, button };
    one("[data-toast-text]", toast).textContent = text;
    toast.hidden = false;
    wait();
  });
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(held?.timer));
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  one("[data-toast-undo]", toast).addEventListener("click", cancel);
  addEventListener("pagehide", leave);
}

// Drafts stay on this device for a week and say when they were kept. Codes, passwords and files never stay.
const WEEK = 7 * 24 * 3600 * 1000;
const hour = (time) => new Date(time).toTimeString().slice(0, 5);
const fields = (form) =>
  [...form.elements].filter(
    (field) =>
      field.name && !field.readOnly && !/^(password|file|hidden|submit|button)$/.test(field.type) && field.autocomplete !== "one-time-code",
  );
every("form[data-autosave]").forEach((form, index) => {
  const key = `draft:${location.pathname}:${form.id || index}`;
  const note = one("[data-saved]", form);
  const say = (words, time) => {
    if (!note || !words) return;
    one("[data-saved-text]", note).textContent = words.replace("{time}", hour(time));
    note.hidden = false;
  };
  let draft = null;
  try {
    draft = JSON.parse(kept(key));
  } catch {
    // not ours: dropped below
  }
  // What the server sends back with its faults is newer than any draft.
  if (one("[data-error-summary]") || !(draft?.at > Date.now() - WEEK)) kept(key, null);
  else {
    for (const field of fields(form)) {
      const values = draft.values[field.name];
      if (!values) continue;
      if (/^(checkbox|radio)$/.test(field.type)) field.checked = values.includes(field.value);
      else if (field.type === "select-multiple") for (const option of field.options) option.selected = values.includes(option.value);
      else field.value = values[0];
    }
    say(note?.dataset.restored, draft.at);
  }
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const at = Date.now();
      const typed = new FormData(form);
      const values = {};
      for (const { name } of fields(form)) values[name] = typed.getAll(name).filter((value) => typeof value === "string");
      kept(key, JSON.stringify({ at, values }));
      say(note?.dataset.saved, at);
    }, 800);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    if (navigator.onLine) kept(key, null);
  });
});

// Whoever logs out of a shared computer leaves no drafts on it.
one("form[data-log-out]")?.addEventListener("submit", () => {
  try {
    Object.keys(localStorage).forEach((key) => key.startsWith("draft:") && localStorage.removeItem(key));
  } catch {
    // nothing was kept
  }
});
