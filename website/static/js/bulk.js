// Choosing many rows. Without it the boxes post as the plain form that they are, and the bar is always there.
for (const form of document.querySelectorAll("form[data-bulk]")) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]:not(:disabled)")];
  const all = form.querySelector("[data-all]");
  const bar = form.querySelector("[data-bulkbar]");
  const count = form.querySelector("[data-n]");
  const sum = form.querySelector("[data-sum]"); // people behind the rows: each box says its share in data-people
  const matching = form.querySelector("[data-matching]"); // "all that match", which is more than this page
  if (!bar || !boxes.length) continue;

  const draw = () => {
    const picked = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
    if (all) {
      all.checked = picked.length === boxes.length;
      all.indeterminate = picked.length > 0 && !all.checked;
    }
    const whole = Boolean(matching?.checked);
    if (count) count.textContent = whole ? matching.dataset.count : picked.length;
    if (sum) sum.textContent = whole ? matching.dataset.people : picked.reduce((n, box) => n + Number(box.dataset.people ?? 1), 0);
    bar.hidden = !picked.length && !whole;
  };
  const pick = (on) => {
    for (const box of boxes) box.checked = on;
    if (matching) matching.checked = false;
    draw();
  };

  all?.addEventListener("change", () => pick(all.checked));
  form.addEventListener("change", (event) => {
    if (matching && boxes.includes(event.target) && !event.target.checked) matching.checked = false;
    draw();
  });
  form.querySelector("[data-clear]")?.addEventListener("click", () => pick(false));

  // Shift takes a range, as in any list.
  let last = null;
  form.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target);
    if (at < 0) return;
    if (event.shiftKey && last !== null) {
      for (const box of boxes.slice(Math.min(at, last), Math.max(at, last) + 1)) box.checked = boxes[at].checked;
      draw();
    }
    last = at;
  });
  addEventListener("pageshow", draw); // a page brought back has its boxes ticked
  draw();
}
