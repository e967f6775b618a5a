// SPDX-License-Identifier: BSD-2-Clause
// What pages do beyond showing: copy, switch faults, and keep up to date.  The
// server renders all of it; here parts of a newer page replace older ones, and
// nothing is ever parsed as HTML but the answer of the sandbox itself.
"use strict";

const EVERY_MS = 500;
const said = document.getElementById("said");

function say(text) {
	if (said)
		said.textContent = text;
}

// ---- Copying. ----

async function copy(button) {
	const from = button.dataset.copyFrom;
	const text = from ? document.getElementById(from).textContent : button.dataset.copy;
	const label = button.dataset.label || button.textContent;

	button.dataset.label = label;
	try {
		await navigator.clipboard.writeText(text);
		button.textContent = "Copied";
		say(button.dataset.what + " copied");
	} catch {
		button.textContent = "Not allowed";
		say("The browser did not allow to copy the " + button.dataset.what);
	}
	clearTimeout(button.timer);
	button.timer = setTimeout(() => {
		button.textContent = label;
	}, 1600);
}

// ---- Faults. ----

// The control token, where the page was opened with one.
function headers(more) {
	const token = new URLSearchParams(location.search).get("control_token");

	return token ? { ...more, "X-Sandbox-Token": token } : more;
}

function wanted(kind) {
	const form = document.getElementById("fault-form");
	const fault = { path: form.elements.path.value.trim() };

	if (form.elements.count.value)
		fault.count = Number(form.elements.count.value);
	if (kind === "latency")
		fault.latency_ms = Number(document.getElementById("latency").value);
	else if (kind === "status")
		fault.status = Number(document.getElementById("status").value);
	else
		fault.hang = true;
	return fault;
}

async function switchFault(kind) {
	const problem = document.getElementById("fault-error");
	const options = kind === "clear" ? { method: "DELETE", headers: headers({}) } : {
		method: "POST",
		headers: headers({ "Content-Type": "application/json" }),
		body: JSON.stringify(wanted(kind)),
	};

	problem.textContent = "";
	try {
		const answer = await fetch("/sandbox/faults", options);

		if (!answer.ok)
			problem.textContent = (await answer.json()).error;
		else
			say(kind === "clear" ? "All faults cleared" : "Fault set");
	} catch {
		problem.textContent = "The sandbox cannot be reached.";
	}
	await look();
}

// ---- Keeping up to date. ----

const sources = new WeakMap(); // an element: the HTML it came as
const seen = new Set();        // ids of what was on the page once

function remember(region) {
	for (const child of region.children) {
		sources.set(child, child.outerHTML);
		if (child.id)
			seen.add(child.id);
	}
}

// The one that has the focus inside of old, by its place among such elements.
function keepFocus(old, fresh) {
	const all = "a, button, summary, input";
	const place = [...old.querySelectorAll(all)].indexOf(document.activeElement);

	return () => {
		if (place >= 0)
			fresh.querySelectorAll(all)[place]?.focus();
	};
}

function replace(old, fresh) {
	const focus = keepFocus(old, fresh);

	if (old.querySelector("details[open]") && fresh.querySelector("details"))
		fresh.querySelector("details").open = true;
	old.replaceWith(fresh);
	focus();
}

function insert(region, child, next) {
	if (child.id && !seen.has(child.id)) {
		seen.add(child.id);
		child.classList.add("new");
	}
	region.insertBefore(child, next);
}

// Make region's children those of fresh, touching only what differs.
function merge(region, fresh) {
	const old = new Map([...region.children].map((child) => [child.id, child]));
	let next = region.firstElementChild;

	for (const child of [...fresh.children]) {
		const source = child.outerHTML;
		const kept = child.id && old.get(child.id);

		if (kept && kept === next)
			next = next.nextElementSibling;
		else if (kept)
			region.insertBefore(kept, next);
		if (kept && sources.get(kept) === source)
			continue;
		document.adoptNode(child);
		sources.set(child, source);
		if (kept)
			replace(kept, child);
		else
			insert(region, child, next);
	}
	while (next) {
		const gone = next;

		next = next.nextElementSibling;
		gone.remove();
	}
}

function announce(list) {
	const first = list.querySelector(".message.new");

	if (first && first !== announce.last) {
		announce.last = first;
		say("New message to " + first.querySelector(".to").textContent +
			(first.querySelector(".code") ? ", code " +
			first.querySelector(".code").textContent : ""));
	}
}

// The page as it is now, parsed but not run.
function newer() {
	return new Promise((done, failed) => {
		const request = new XMLHttpRequest();

		request.open("GET", location.pathname + location.search);
		request.responseType = "document";
		request.onload = () => request.status === 200 && request.response ? done(request.response) : failed();
		request.onerror = request.ontimeout = failed;
		request.timeout = 10000;
		request.send();
	});
}

function show(page) {
	for (const region of document.querySelectorAll("[data-live]")) {
		const fresh = page.getElementById(region.id);

		if (!fresh)
			continue;
		if (fresh.children.length > 0)
			merge(region, fresh);
		else if (region.textContent !== fresh.textContent)
			region.textContent = fresh.textContent;
	}
	document.body.dataset.changes = page.body.dataset.changes;
	announce(document.getElementById("message-list"));
}

function showLive(text, good) {
	const live = document.getElementById("live");

	live.classList.toggle("off", !good);
	if (live.textContent !== text)
		live.textContent = text;
}

let looking = false;

async function look() {
	if (looking || document.hidden)
		return;
	looking = true;
	try {
		const answer = await fetch("/sandbox/changes", { headers: headers({}), cache: "no-store" });
		const { changes } = await answer.json();

		if (!answer.ok)
			throw new Error();
		if (changes !== document.body.dataset.changes)
			show(await newer());
		showLive("Live", true);
	} catch {
		showLive("Not reached", false);
	}
	looking = false;
}

// A page that takes long to make is asked for less often.
async function keepLooking() {
	const start = performance.now();

	await look();
	setTimeout(keepLooking, Math.max(EVERY_MS, 10 * (performance.now() - start)));
}

// ---- Begin. ----

document.addEventListener("click", (event) => {
	const button = event.target.closest("button");

	if (!button)
		return;
	if ("copy" in button.dataset || "copyFrom" in button.dataset)
		copy(button);
	else if ("fault" in button.dataset)
		switchFault(button.dataset.fault);
});

if (document.getElementById("live")) {
	const errorsOnly = document.getElementById("errors-only");
	const filter = () => document.getElementById("call-list").classList.toggle("errors-only", errorsOnly.checked);

	for (const region of document.querySelectorAll("[data-live]"))
		remember(region);
	errorsOnly.addEventListener("change", filter);
	filter();
	document.getElementById("fault-form").addEventListener("submit", (event) => event.preventDefault());
	document.addEventListener("visibilitychange", look);
	keepLooking();
}
