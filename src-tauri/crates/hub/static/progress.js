// Follows a server's start on the progress page, without loading it again. The page works without this file: it then
// reloads itself. Text from the stream is set as text, never as markup; where to go is the hub's word, asked by a reload.
"use strict";

(() => {
  const root = document.querySelector("[data-progress]");
  if (!root || !("EventSource" in window)) {
    setTimeout(() => location.reload(), 2000);
    return;
  }

  const phases = [...root.querySelectorAll("[data-step]")];
  const bar = root.querySelector("progress");
  const message = root.querySelector("[data-message]");
  const said = root.querySelector("[data-said]");
  const log = root.querySelector("[data-log]");
  const elapsed = root.querySelector("[data-elapsed]");
  const begun = performance.now() - Number(elapsed.dataset.elapsed) * 1000;
  // The stream tells the start from its beginning, so it replaces what the page came with.
  const lines = [];

  const words = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    const rest = seconds % 60;
    if (minutes === 0) return `${rest} s`;
    return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  };
  setInterval(() => {
    elapsed.textContent = words(Math.floor((performance.now() - begun) / 1000));
  }, 1000);

  const showStep = (step) => {
    const at = phases.findIndex((phase) => phase.dataset.step === step);
    if (at < 0) return;
    phases.forEach((phase, index) => {
      phase.className = index < at ? "done" : index === at ? "now" : "later";
      if (index === at) phase.setAttribute("aria-current", "step");
      else phase.removeAttribute("aria-current");
      phase.querySelector(".hidden").textContent = index < at ? ": done" : index === at ? ": now" : "";
    });
  };

  // A screen reader is told at most once in ten seconds; the page and its log have everything.
  let spoken = -Infinity;
  let waiting = 0;
  const say = (text) => {
    clearTimeout(waiting);
    const wait = Math.max(0, spoken + 10000 - performance.now());
    waiting = setTimeout(() => {
      spoken = performance.now();
      said.textContent = text;
    }, wait);
  };

  const note = (text) => {
    if (!text || lines.at(-1) === text) return;
    lines.push(text);
    lines.splice(0, Math.max(0, lines.length - 40));
    log.textContent = lines.join("\n");
    message.textContent = text;
    say(text);
  };

  const stream = new EventSource(root.dataset.progress);
  stream.onmessage = (event) => {
    let update;
    try {
      update = JSON.parse(event.data);
    } catch {
      return;
    }
    if (update.ready || update.failed) {
      stream.close();
      location.reload();
      return;
    }
    // The clock of the start begins when its turn has come: the page knows it.
    if ("queued" in root.dataset && update.labdeck_step && update.labdeck_step !== "queued") {
      stream.close();
      location.reload();
      return;
    }
    if (typeof update.labdeck_step === "string") showStep(update.labdeck_step);
    if (typeof update.progress === "number" && update.progress > 0) bar.value = update.progress;
    if (typeof update.message === "string") note(update.message);
  };
  stream.onerror = () => {
    // The stream ends when the hub restarts or the sign-in has ended; the page itself knows which.
    stream.close();
    setTimeout(() => location.reload(), 2000);
  };
})();
