// The desk's script. Without it the form works as a form; with it a tap on the call ladder has its
// time, and a server that is away for a while loses nothing: the same form is sent until it is
// taken, under the same number, so that it is recorded once. Nothing is kept in the browser.
"use strict";

const AGAIN_MS = 2000;
const PATIENCE_MS = 10000;
const SLIP_MS = 10000;
// From when this ran, and by a clock that nobody sets: so no tap lies ahead of the server's time.
const began = performance.now();

function hidden(form, name, value) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  form.append(field);
  return field;
}

function say(form, what, more) {
  const place = form.querySelector("[data-told]");
  place.textContent = [place.dataset[what], more].filter(Boolean).join(" ");
  place.classList.toggle("bad", what === "refused");
  place.hidden = false;
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

async function sendOnce(form, body) {
  try {
    return await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Desk": "1" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return null;
  }
}

async function send(form, button) {
  // What is sent again must be what was sent: meanwhile the page shows it and takes no more.
  const extra = button && button.name ? [[button.name, button.value]] : [];
  const body = new URLSearchParams([...new FormData(form), ...extra]);
  form.inert = true;
  say(form, "sending");
  for (;;) {
    const answer = await sendOnce(form, body);
    if (answer && answer.ok) {
      // It is saved. The form itself asks for the page that says so: the number makes it the same.
      form.submit();
      return;
    }
    if (answer && answer.status < 500 && answer.status !== 429 && answer.status !== 409) {
      form.inert = false;
      const problem = await answer.json().catch(() => ({}));
      say(form, "refused", problem.detail);
      return;
    }
    say(form, "again");
    await pause(AGAIN_MS);
  }
}

function later(instant, milliseconds) {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

const last = new Map();

function tapped(form, radio) {
  // A second tap for the same person within seconds mends a slip of the finger, and is no call.
  const before = last.get(radio.dataset.call);
  if (before && performance.now() - before.when < SLIP_MS) {
    before.field.remove();
    before.line.remove();
  }
  const passed = performance.now() - began;
  const time = later(form.dataset.opened, passed).slice(0, 19) + "Z";
  const field = hidden(form, "called", `${radio.dataset.call} ${radio.value} ${time}`);
  const word = radio.parentElement.textContent.trim();
  const line = document.createElement("span");
  // In the library's own time, whatever zone this machine is set to.
  const clock = later(form.dataset.local + "Z", passed).slice(11, 16);
  line.textContent = `${clock} ${radio.dataset.call}: ${word}. `;
  form.querySelector("[data-calls]").append(line);
  last.set(radio.dataset.call, { field, line, when: performance.now() });
}

for (const form of document.querySelectorAll("form[data-send]")) {
  form.addEventListener("click", ({ target }) => {
    if (target.dataset && target.dataset.call) tapped(form, target);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.dataset.plain !== undefined) return;
    event.preventDefault();
    if (!form.inert) send(form, event.submitter);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const button of document.querySelectorAll("[data-add]")) {
  const list = document.querySelector("[data-lines]");
  const pattern = document.querySelector("template[data-line]");
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const number = list.children.length;
    const line = pattern.content.cloneNode(true);
    for (const field of line.querySelectorAll("[name]")) field.name = field.name.replace("N", number);
    const what = line.querySelector("input");
    list.append(line);
    what.focus();
  });
}
