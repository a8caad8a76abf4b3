// The page a scan opens. The server has judged the code already and keeps its time; only a POST signs in, so this sends
// the form by itself, once: not for a page that is fetched ahead and never looked at, not again on the way back.
const form = document.querySelector("form[data-autosubmit]");

if (form) {
  const button = form.querySelector("button[type=submit], button:not([type])");
  const label = button.querySelector("[data-label]") ?? button;
  const words = label.textContent;
  const key = `signed:${location.pathname}:${form.dataset.autosubmit}`;
  let timer;

  const rest = () => {
    clearTimeout(timer);
    button.removeAttribute("aria-busy");
    label.textContent = words;
    delete form.dataset.sent;
  };

  form.addEventListener("submit", (event) => {
    if ("sent" in form.dataset) return event.preventDefault();
    form.dataset.sent = "";
    button.setAttribute("aria-busy", "true");
    label.textContent = button.dataset.waiting;
    // A hall's network may swallow the request. Asking again is safe: signing in twice is signing in once.
    timer = setTimeout(rest, 12000);
  });

  const once = () => {
    try {
      if (sessionStorage.getItem(key)) return;
      sessionStorage.setItem(key, "1");
    } catch {
      return; // without a memory it could go round in circles: the button is there
    }
    form.requestSubmit(button);
  };

  addEventListener("pageshow", (event) => event.persisted && rest());
  const [visit] = performance.getEntriesByType("navigation");
  if (visit?.type !== "back_forward") {
    if (document.visibilityState === "visible" && !document.prerendering) once();
    else document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && once(), { once: true });
  }
}
