// The attendance desk. The server renders everything; this fetches the present state of the same parts and puts it in
// place when the slot of the code ends, when a socket hints that something changed, or when the socket is silent.
//
//   <main data-desk data-url="…" data-socket="…" data-now="1764117642000" data-ends="1764117660000"
//         data-length="20000">
//     <figure class="qr" data-qr data-part="qr"><svg…>   first of all the QR code, then
//       <p class="qr__gone" data-qr-gone hidden>what to do when the code shown no longer counts</p>
//     <… data-part="counts">…</…>   what is in it is replaced by what is in the part of the same name in the fragment
//     <… data-countdown data-text="{n}秒后换码">   <svg><rect data-countdown-bar>
//     <… data-stale hidden>   shown when the page has not heard from the server for three seconds
//
// data-now and data-ends (of the slot shown) are the server's clock in milliseconds, data-length is a slot's length: the
// laptop's clock is never believed. The fragment has the parts inside an element [data-desk-state] with the same three.
const desk = document.querySelector("[data-desk]");

const QUIET = 3_000; // of lost connection, then say so
const POLL = 5_000; // without a socket
const LOOK = 15_000; // with one: a hint may be lost
const PAUSE = 500; // between two looks, however many hints come
const TIMEOUT = 8_000;

const read = (url) =>
  new Promise((resolve, reject) => {
    // The browser parses a document response by itself: no innerHTML, which a policy of trusted types refuses.
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = TIMEOUT;
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.onload = () => {
      const state = request.status === 200 && request.response?.querySelector("[data-desk-state]");
      if (state) resolve(state);
      else reject(new Error(`desk: ${request.status}`));
    };
    request.onerror = request.ontimeout = () => reject(new Error("desk: no answer"));
    request.send();
  });

if (desk) {
  let offset = Number(desk.dataset.now) - Date.now(); // server minus laptop; measured again at each answer
  let ends = Number(desk.dataset.ends);
  let length = Number(desk.dataset.length) || 20_000;
  let open = false; // the socket
  let busy = false;
  let again = false;
  let timer; // of the next look,
  let due = 0; // which comes then
  let lost; // since when

  const now = () => Date.now() + offset;
  const part = (name, from) => from.querySelector(`[data-part="${name}"]`);

  const connection = (good) => {
    if (good) lost = undefined;
    else lost ??= Date.now();
    stale();
  };
  const stale = () => {
    const old = lost !== undefined && Date.now() - lost >= QUIET;
    const note = desk.querySelector("[data-stale]");
    if (note && note.hidden === old) note.hidden = !old;
    // The code before the present one still counts; what is older than that is covered.
    const gone = old && now() > ends + length;
    desk.querySelector("[data-qr]")?.classList.toggle("is-stale", gone);
    const cover = desk.querySelector("[data-qr-gone]");
    if (cover && cover.hidden === gone) cover.hidden = !gone;
  };

  const place = (state) => {
    state.querySelectorAll("script").forEach((script) => script.remove());
    for (const next of state.querySelectorAll("[data-part]")) {
      const here = part(next.dataset.part, desk);
      if (here && here.innerHTML !== next.innerHTML) here.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
    }
  };

  const look = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    clearTimeout(timer);
    timer = undefined;
    const asked = Date.now();
    try {
      const state = await read(desk.dataset.url);
      offset = Number(state.dataset.now) - (asked + Date.now()) / 2;
      ends = Number(state.dataset.ends);
      length = Number(state.dataset.length) || length;
      place(state);
      connection(true);
    } catch {
      connection(false);
    }
    setTimeout(() => {
      busy = false;
      if (again) {
        again = false;
        look();
      }
    }, PAUSE);
    plan();
  };

  // The next look: when the code changes (a little later and not all desks at once), or sooner if nobody will hint.
  // Asking again, as each failing socket does, may bring it forward and never puts it off.
  const plan = () => {
    const change = ends - now();
    let delay = lost !== undefined ? 1_000 + Math.random() * 2_000 : open ? LOOK : POLL;
    if (change > 0) delay = Math.min(delay, change + 50 + Math.random() * 250);
    else if (lost === undefined) delay = Math.min(delay, 1_000);
    const at = Date.now() + delay;
    if (timer && due <= at) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(look, delay);
  };

  let tries = 0;
  const listen = () => {
    if (!desk.dataset.socket) return;
    const address = new URL(desk.dataset.socket, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.onopen = () => {
      open = true;
      tries = 0;
      look(); // whatever was missed in between
    };
    socket.onmessage = look; // a hint says "look", never what: counts come from the roll-up
    socket.onclose = () => {
      if (open) look();
      open = false;
      plan();
      setTimeout(listen, Math.random() * Math.min(30_000, 500 * 2 ** tries++) + 250);
    };
  };

  // Once a second: the countdown and the age of what is shown.
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const tick = () => {
    const left = Math.max(0, ends - now());
    const words = desk.querySelector("[data-countdown]");
    if (words && !still.matches) words.textContent = words.dataset.text.replace("{n}", Math.ceil(left / 1000));
    const bar = desk.querySelector("[data-countdown-bar]");
    if (bar && !still.matches) bar.setAttribute("width", Math.min(100, (100 * left) / length));
    stale();
  };

  const wake = async () => {
    try {
      await navigator.wakeLock?.request("screen"); // the projector must not fall asleep in the middle of a hall
    } catch {
      // refused on battery or without focus: no harm
    }
  };

  addEventListener("online", look);
  addEventListener("offline", () => connection(false));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    wake();
    look();
  });
  wake();
  listen();
  plan();
  setInterval(tick, 1_000);
  tick();
}
