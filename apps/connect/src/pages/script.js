// Pages work without this. It ticks all of a service in place, looks for what has changed without
// undoing what the user does, and tells the app the user's time zone.
'use strict';

for (const button of document.querySelectorAll('button[data-tick]')) {
  const boxes = [...button.closest('.choices').querySelectorAll('input[type=checkbox]')];
  const label = () => {
    const all = boxes.every((box) => box.checked);
    button.textContent = button.textContent.replace(/^\w+/, all ? 'Untick' : 'Tick');
    return all;
  };
  button.addEventListener('click', (event) => {
    event.preventDefault();
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    label();
  });
  for (const box of boxes) box.addEventListener('change', label);
}

let paused = false;

/** Swaps the parts of the page that have changed. One that has the focus waits until it has not. */
async function look() {
  const response = await fetch(location.pathname, { cache: 'no-store' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  if (response.redirected) {
    location.assign(response.url);
    return;
  }
  const next = new DOMParser().parseFromString(await response.text(), 'text/html');
  const parts = (page) => [...page.querySelectorAll('[data-live]')];
  const fresh = new Map(parts(next).map((part) => [part.id, part]));
  for (const part of parts(document)) {
    const other = fresh.get(part.id);
    fresh.delete(part.id);
    if (!other || part.contains(document.activeElement)) continue;
    for (const open of part.querySelectorAll('details[id][open]')) {
      other.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute('open', '');
    }
    if (!part.isEqualNode(other)) part.replaceWith(other);
  }
  const more = document.getElementById('more');
  if (more) more.hidden = fresh.size === 0;
  const again = Number(next.querySelector('[data-refresh]')?.dataset.refresh ?? 0);
  if (again > 0) wait(again);
  else watched?.replaceChildren();
}

function wait(seconds) {
  setTimeout(() => (paused ? wait(seconds) : look().catch(() => wait(seconds))), seconds * 1000);
}

const watched = document.querySelector('[data-refresh]');
if (watched && Number(watched.dataset.refresh) > 0) {
  const pause = document.createElement('button');
  pause.type = 'button';
  pause.className = 'link';
  pause.textContent = 'Pause updates';
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? 'Go on updating' : 'Pause updates';
  });
  watched.append(' ', pause);
  wait(Number(watched.dataset.refresh));
}

const zone = document.querySelector('form.zone:not([data-known])');
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && own) {
  const body = new URLSearchParams({ zone: own, back: zone.elements.back.value });
  fetch('/zone', { method: 'POST', body, redirect: 'manual' }).then(() => {
    if (watched) look().catch(() => {});
  });
}
