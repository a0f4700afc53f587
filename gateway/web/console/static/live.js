// The live calls: one card each, changed in place so that neither the eye nor the keyboard's focus is lost.
// Everything that comes from a call is put in as text, never as markup.
"use strict";

(() => {
  const QUIETEST_DBOV = -60;
  const MOST_ENDED = 20;
  const AGAIN_MS = 5000;
  // The gateway has news each second, calls or none; a connection that died without a word, as a laptop's network does,
  // never says so.
  const SILENCE_MS = 8000;

  const byId = (id) => document.getElementById(id);
  const list = byId("calls");
  const cards = new Map();
  let source = null;
  let again = 0;
  let silence = 0;
  let isPaused = false;

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function say(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function duration(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(seconds / 60) % 60;
    const hours = Math.floor(seconds / 3600);
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }

  function makeLeg(className, name) {
    const bar = element("div", "bar");
    const meter = element("div", "meter", bar);
    meter.setAttribute("role", "meter");
    meter.setAttribute("aria-label", `Level, ${name}`);
    meter.setAttribute("aria-valuemin", QUIETEST_DBOV);
    meter.setAttribute("aria-valuemax", 0);
    const level = element("span", "level");
    const mos = element("span", "mos");
    const root = element("div", `leg ${className}`, element("span", "", name), meter, level, mos);
    return { root, bar, meter, level, mos };
  }

  function updateLeg(leg, side) {
    leg.root.hidden = side === null;
    if (side === null) return;
    const hasAudio = side.dbov !== null;
    const shown = hasAudio ? Math.min(0, Math.max(QUIETEST_DBOV, side.dbov)) : QUIETEST_DBOV;
    const words = !hasAudio ? "no audio" : side.dbov <= QUIETEST_DBOV ? "silent" : `${side.dbov} dB`.replace("-", "−");
    leg.bar.style.transform = `scaleX(${1 - shown / QUIETEST_DBOV})`;
    leg.meter.setAttribute("aria-valuenow", shown);
    leg.meter.setAttribute("aria-valuetext", words);
    say(leg.level, words);
    say(leg.mos, side.mos === null ? "MOS –" : `MOS ${side.mos.toFixed(1)} ${side.rating}`);
  }

  function makeCard(call) {
    const link = element("a", "", `${call.route} · ${call.carrier}`);
    link.href = `/console/calls/${encodeURIComponent(call.id)}`;
    const heading = element("h2", "", link);
    const state = element("span", "state");
    const time = element("span", "time");
    const line = element("span", "quality");
    const resumed = element("span", "resumed");
    const flags = element("ul", "flags");
    flags.setAttribute("aria-label", "Flags");
    const heard = makeLeg("heard", "Caller");
    const said = makeLeg("said", "Kallglot");
    const words = element("ol", "words");
    words.setAttribute("aria-label", "Last words");
    const about = element("p", "about", state, time, line, resumed);
    const card = element("article", "card", heading, about, flags, heard.root, said.root, words);
    const root = element("li", "", card);
    root.dataset.call = call.id;
    return { root, card, link, state, time, line, resumed, flags, heard, said, words, call };
  }

  function fill(node, items, make) {
    const key = JSON.stringify(items);
    if (node.dataset.shown === key) return;
    node.dataset.shown = key;
    node.replaceChildren(...items.map(make));
  }

  function lineOf(line) {
    const item = element("li", line.final ? "" : "partial");
    if (line.speaker) item.append(element("b", "", `${line.speaker}: `));
    item.append(line.text);
    if (!line.final) item.append(element("span", "unseen", " (still speaking)"));
    if (line.translation) item.append(element("span", "translation", "→ ", line.translation));
    return item;
  }

  function updateCard(card, call) {
    card.call = call;
    say(card.state, call.state);
    say(card.time, duration(call.seconds));
    say(card.line, call.heard ? `jitter ${call.heard.jitter_ms} ms, lost ${call.heard.lost_percent} %` : "");
    say(card.resumed, call.resumed ? `resumed ${call.resumed}×` : "");
    card.card.classList.toggle("flagged", call.flags.length > 0);
    fill(card.flags, call.flags, (flag) => element("li", "", `▲ ${flag.words}, for ${duration(flag.seconds)}`));
    updateLeg(card.heard, call.heard);
    updateLeg(card.said, call.said);
    // After a while away from this tab the gateway knows no line from before; here they still stand.
    if (call.lines.length) fill(card.words, call.lines, lineOf);
  }

  function remove(card, hasEnded) {
    const hadFocus = card.root.contains(document.activeElement);
    const next = card.root.nextElementSibling || card.root.previousElementSibling;
    card.root.remove();
    cards.delete(card.call.id);
    if (hadFocus) (next ? next.querySelector("a") : byId("calls-heading")).focus();
    if (!hasEnded) return;
    const link = element("a", "", card.link.textContent);
    link.href = card.link.href;
    byId("ended-calls").prepend(element("li", "", link, ` after ${duration(card.call.seconds)}`));
    while (byId("ended-calls").children.length > MOST_ENDED) byId("ended-calls").lastElementChild.remove();
    byId("ended").hidden = false;
  }

  function show(snapshot) {
    const news = [];
    const present = new Set(snapshot.calls.map((call) => call.id));
    const isComplete = snapshot.live === snapshot.calls.length;
    for (const card of [...cards.values()]) {
      if (present.has(card.call.id)) continue;
      remove(card, isComplete);
      if (isComplete) news.push(`Ended: ${card.link.textContent}.`);
    }
    let place = list.firstElementChild;
    for (const call of snapshot.calls) {
      let card = cards.get(call.id);
      if (card) {
        const raised = call.flags.filter((flag) => !card.call.flags.some((known) => known.words === flag.words));
        for (const flag of raised) news.push(`${flag.words}: ${card.link.textContent}.`);
        place = card.root.nextElementSibling;
      } else {
        card = makeCard(call);
        cards.set(call.id, card);
        list.insertBefore(card.root, place);
        news.push(`New call: ${card.link.textContent}.`);
      }
      updateCard(card, call);
    }
    byId("none").hidden = snapshot.live > 0;
    const flagged = snapshot.flagged ? `, ▲ ${snapshot.flagged} with a flag` : "";
    const shown = isComplete ? "" : `, ${snapshot.calls.length} shown`;
    say(byId("totals"), `${snapshot.live} live${flagged}${shown}`);
    if (news.length) say(byId("news"), news.slice(0, 3).join(" "));
  }

  function connect() {
    disconnect();
    if (isPaused || document.hidden) return;
    source = new EventSource("/console/events");
    expectNews();
    source.onmessage = (event) => {
      expectNews();
      say(byId("connection"), "● Live");
      show(JSON.parse(event.data));
    };
    source.onerror = () => {
      sayAway();
      // Where the answer was no, the browser does not ask again by itself.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
    };
  }

  function sayAway() {
    say(byId("connection"), "▲ No connection: the gateway is away, or too many watch. Trying again…");
  }

  function expectNews() {
    clearTimeout(silence);
    silence = setTimeout(() => {
      sayAway();
      connect();
    }, SILENCE_MS);
  }

  function disconnect() {
    clearTimeout(again);
    clearTimeout(silence);
    if (source) source.close();
    source = null;
  }

  byId("pause").addEventListener("click", (event) => {
    isPaused = !isPaused;
    event.currentTarget.setAttribute("aria-pressed", isPaused);
    if (isPaused) say(byId("connection"), "❚❚ Paused");
    connect();
  });
  // A tab that nobody sees costs the gateway nothing.
  document.addEventListener("visibilitychange", connect);
  connect();
})();
