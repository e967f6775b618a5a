/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A proxy in front of the sandbox: what clients ask and are answered passes
 * through unchanged, and each exchange is told to a listener.
 */
import http from "node:http";

import { route } from "./facts.mjs";

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream)
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parse(bytes) {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/*
 * Listen on a loopback port; answer(request, body) gives { status, headers,
 * bytes }.  Returns { url, close }.
 */
export async function serve(answer) {
  const server = http.createServer(async (request, response) => {
    try {
      const { status, headers, bytes } = await answer(request, await collect(request));
      delete headers.connection;
      delete headers["transfer-encoding"];
      response.writeHead(status, headers);
      response.end(bytes);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  });

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/* Ask the server at target as the client asked: { status, headers, bytes }. */
export function handOn(target, agent, request, body) {
  return new Promise((resolve, reject) => {
    const options = { agent, method: request.method, headers: { ...request.headers, host: new URL(target).host } };
    const upstream = http.request(new URL(request.url, target), options, async (reply) =>
      resolve({ status: reply.statusCode, headers: reply.headers, bytes: await collect(reply) }),
    );
    upstream.on("error", reject);
    upstream.end(body);
  });
}

/*
 * Listen before the server at target; tell(exchange) is called for each answer
 * before the client gets it.  Returns { url, close }.
 */
export async function startProxy(target, tell) {
  const agent = new http.Agent({ keepAlive: true });
  const { url, close } = await serve(async (request, body) => {
    const reply = await handOn(target, agent, request, body);
    const path = request.url.split("?")[0];
    tell({
      endpoint: route(request.method, path),
      method: request.method,
      path,
      agent: request.headers["user-agent"] ?? "",
      status: reply.status,
      body: parse(reply.bytes),
    });
    return reply;
  });

  return {
    url,
    close() {
      close();
      agent.destroy();
    },
  };
}
