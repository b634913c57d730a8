// Keeps the servers on the home page as they are: asks for the page again and takes over what changed. Whoever works in a
// part with the keyboard keeps it until they leave it. The page works without this file: it is then as old as its load.
"use strict";

(() => {
  const EVERY_MS = 15000;
  // While something starts or stops, its end is waited for.
  const MOVING_MS = 3000;
  // The hub takes this for no visit: a page that lies open is nobody's work.
  const HEADERS = { "X-Labdeck-Refresh": "1" };

  const partsOf = (page) => [...page.querySelectorAll("[data-live]")];
  const timesOf = (part) => [...part.querySelectorAll("time")];
  // What a part says, without "3 minutes ago", which is another word each time.
  const essence = (part) => {
    const copy = part.cloneNode(true);
    for (const time of timesOf(copy)) time.textContent = "";
    for (const details of copy.querySelectorAll("details")) details.removeAttribute("open");
    return copy.outerHTML;
  };

  const take = (part, fresh) => {
    if (essence(part) === essence(fresh)) {
      const times = timesOf(fresh);
      timesOf(part).forEach((time, index) => { time.textContent = times[index].textContent; });
    } else if (!part.contains(document.activeElement)) {
      part.replaceWith(document.importNode(fresh, true));
    }
  };

  let timer = 0;
  let asking = false;
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(look, document.querySelector("[data-moving]") ? MOVING_MS : EVERY_MS);
  };

  const look = async () => {
    if (document.hidden || asking) return plan();
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: HEADERS, cache: "no-store" });
      // Signed out, or the hub shows something else here: the browser finds out by itself where to go.
      if (answer.redirected || answer.status === 401 || answer.status === 403) return location.reload();
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of partsOf(document)) {
        const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
        if (fresh) take(part, fresh);
      }
    } catch {
      // The hub is away. The page stays as it was, and the next look tells.
    } finally {
      asking = false;
      plan();
    }
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  // Back from another page: browsers may show the page as it was left.
  addEventListener("pageshow", (event) => { if (event.persisted) look(); });
  plan();
})();
