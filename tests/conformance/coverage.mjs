/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was seen on the wire, counted.  A success counts if it was a 2xx reply
 * to the client that passed the check; a refusal if it was a 4xx reply to the
 * client that passed, with a documented error_type that a scenario named.
 * Replies that do not pass are violations, whoever asked.
 */
import { checkError, checkSuccess, endpoints, isDocumented } from "./facts.mjs";

/* Whose calls count: known by the User-Agent. */
export const SDK = { name: "the SDK", agent: /^Stytch Node v14\./ };
export const STYTCHCTL = { name: "stytchctl api", agent: /^Stytch pam_stytch v/ };

/* b2b's groups are those of its second word. */
const groupOf = (endpoint) => endpoint.id.split(".").slice(0, endpoint.id.startsWith("b2b.") ? 2 : 1).join(" ");

export class Coverage {
  constructor(client = SDK) {
    this.client = client;
    this.rows = new Map(endpoints.map((e) => [e.id, { endpoint: e, success: 0, refusal: 0, plain: 0, unsent: 0 }]));
    this.exchanges = new Map(); /* request_id -> exchange */
    this.violations = [];
  }

  /*
   * Take down an exchange: { endpoint, method, path, agent, status, body };
   * endpoint is undefined for what is none of the 184 (OAuth2 and OIDC).
   */
  add(exchange) {
    const { endpoint, status, body } = exchange;
    if (!endpoint)
      return;
    const success = status >= 200 && status < 300;
    const wrong = success ? checkSuccess(endpoint, status, body) : checkError(endpoint, status, body);
    const row = this.rows.get(endpoint.id);

    if (status < 200 || (status >= 300 && status < 400) || status >= 500)
      wrong.push(`status ${status}`);
    this.violations.push(...wrong.map((text) => `${endpoint.id} (${status} ${body?.error_type ?? ""}): ${text}`));
    if (body?.request_id)
      this.exchanges.set(body.request_id, { ...exchange, clean: wrong.length === 0 });
    if (wrong.length > 0)
      return;
    if (!this.client.agent.test(exchange.agent))
      row.plain += 1;
    else if (success)
      row.success += 1;
  }

  /* A scenario named the refusal that this request got: count it, if it does. */
  refuse(requestId, errorType) {
    const exchange = this.exchanges.get(requestId);
    if (!exchange?.clean || exchange.body.error_type !== errorType)
      return;
    if (!isDocumented(errorType) || exchange.status < 400 || exchange.status > 499)
      return;
    if (!this.client.agent.test(exchange.agent))
      return;
    this.rows.get(exchange.endpoint.id).refusal += 1;
  }

  /* The exchange of a request, if it was seen. */
  answered(requestId) {
    return this.exchanges.get(requestId);
  }

  /* The client refused a request, and sent none. */
  notSent(endpoint) {
    this.rows.get(endpoint.id).unsent += 1;
  }

  /* What is missing, as lines. */
  missing() {
    return [...this.rows.values()].flatMap(({ endpoint, success, refusal }) => {
      const what = [success ? "" : "success", refusal ? "" : "refusal"].filter((word) => word);
      return what.length ? [`${endpoint.id}: no ${what.join(", no ")}`] : [];
    });
  }

  /* The table by group. */
  table() {
    const groups = new Map();
    for (const row of this.rows.values()) {
      const group = groupOf(row.endpoint);
      const sum = groups.get(group) ?? { all: 0, success: 0, refusal: 0, plain: 0, unsent: 0 };
      sum.all += 1;
      for (const what of ["success", "refusal", "plain", "unsent"])
        sum[what] += row[what] ? 1 : 0;
      groups.set(group, sum);
    }
    const line = (name, ...cells) => name.padEnd(22) + cells.map((cell) => String(cell).padStart(10)).join("");
    return [
      line("group", "endpoints", "success", "refusal", "plain", "unsent"),
      ...[...groups].sort().map(([name, s]) => line(name, s.all, s.success, s.refusal, s.plain, s.unsent)),
    ].join("\n");
  }
}
